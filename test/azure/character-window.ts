/**
 * A sliding limit of characters per 10 seconds, as the provider's rate limit works: what was let through counts until
 * it is 10 seconds old, what was refused does not count.
 */

import type { Refusal } from "./refusals.ts";

/** The length of the window. */
const WINDOW_MS = 10_000;

/** What was let through lately, oldest first. */
export type CharacterWindow = { readonly at: number; readonly characters: number }[];

/**
 * Lets `characters` through and counts them, or refuses: 429001 with the whole seconds after which they would fit, or
 * 429000 without, where no wait would help.
 */
export function admitCharacters(
  window: CharacterWindow,
  limit: number | null,
  characters: number,
  now: number,
): Refusal | null {
  while (window[0] !== undefined && window[0].at <= now - WINDOW_MS) window.shift();
  if (limit === null) return null;
  if (characters > limit) return { code: 429000 };

  let over = window.reduce((sum, entry) => sum + entry.characters, characters) - limit;
  if (over <= 0) {
    window.push({ at: now, characters });
    return null;
  }
  let fitsAt = now;
  for (const entry of window) {
    if (over <= 0) break;
    over -= entry.characters;
    fitsAt = entry.at + WINDOW_MS;
  }
  return { code: 429001, retryAfter: Math.ceil((fitsAt - now) / 1000) };
}
