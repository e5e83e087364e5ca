/** A vocabulary store that forgets with its process, and hands out copies as a file does. */
import { newVocabulary, type Vocabulary, type VocabularyStore } from "../../scripts/client/vocabulary.ts";

export function memoryVocabulary(): VocabularyStore {
  let kept: Vocabulary = newVocabulary();
  return {
    read: async () => structuredClone(kept),
    change: async (work) => {
      const next = structuredClone(kept);
      const result = work(next);
      kept = next;
      return result;
    },
    syncing: (work) => work(),
  };
}
