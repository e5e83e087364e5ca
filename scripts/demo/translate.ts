/** Translates the words of the command line, and shows which tier each translation came from and how long it took. */
import { type Translated, translate } from "../client/translate.ts";
import { type Command, type CommandInput, printable, stringOption, UsageError } from "./command.ts";
import { alignColumns } from "./table.ts";

export const translateWords: Command = {
  name: "translate",
  usage: "[--from en] --to es,ja [--html] [--pronunciation] WORD…",
  summary: "translate; quote a text of several words",
  options: {
    from: { type: "string" },
    to: { type: "string", multiple: true },
    html: { type: "boolean" },
    pronunciation: { type: "boolean" },
  },
  run: runTranslate,
};

async function runTranslate({ client, values, words, print }: CommandInput): Promise<void> {
  const to = [values.to].flat().flatMap((list) => (typeof list === "string" ? list.split(",") : []));
  const targets = to.map((language) => language.trim()).filter((language) => language !== "");
  if (targets.length === 0) throw new UsageError("Into which language? Say for example: --to es,ja");
  if (words.length === 0) throw new UsageError("Which words? Put them at the end; quote a text of several words.");

  const startedAt = performance.now();
  const translated = await translate(client, words, stringOption(values, "from"), targets, {
    ...(values.html === true && { textType: "html" }),
    ...(values.pronunciation === true && { pronunciation: true }),
  });
  const totalMs = Math.round(performance.now() - startedAt);

  for (const line of alignColumns(toRows(translated))) print(line);
  print("");
  const serverTimes = readServerTimes(translated.serverTiming);
  const server = serverTimes.length === 0 ? [] : [`server: ${serverTimes.join(", ")}`];
  print([`${totalMs} ms in all`, ...server, characters(translated.usage)].join(" · "));
}

function toRows({ translations }: Translated): string[][] {
  const rows = translations.flatMap(({ text, detectedLanguage, results }) =>
    results.map(({ to, text: translation = "", pronunciation, source = "", error }) => [
      detectedLanguage ? `${text} (${detectedLanguage.language})` : text,
      to,
      pronunciation ? `${translation} (${pronunciation})` : translation,
      error ? error.code.replaceAll("_", " ") : source,
    ]),
  );
  return [["text", "to", "translation", "tier"], ...rows].map((row) => row.map(printable));
}

/** `kv;dur=12, tier-phrasebook;desc="2 units"` as "kv 12 ms", "tier-phrasebook 2 units". */
function readServerTimes(serverTiming: string): string[] {
  return serverTiming
    .split(",")
    .map((metric) => metric.split(";").map((part) => part.trim()))
    .filter(([name]) => name)
    .map(([name, ...parameters]) => {
      const words = parameters.map((parameter) =>
        parameter.replace(/^dur=(.*)$/, "$1 ms").replace(/^desc="?([^"]*)"?$/, "$1"),
      );
      return printable([name, ...words].join(" "));
    });
}

function characters({ charactersBilled, charactersLeft }: Translated["usage"]): string {
  const left = charactersLeft === undefined ? "" : `, ${charactersLeft} left today`;
  return `${charactersBilled} characters billed${left}`;
}
