// What of wrangler's output a developer need not read: the table of bindings, its own request lines (the Worker logs
// one line per request itself) and notes on progress. Only lines known here are dropped; all others go through, so an
// error or a text that a later wrangler brings is shown.

/** Dropped wherever they stand alone. Matched without colours. */
const DROPPED_LINES: readonly RegExp[] = [
  /^Using (?:secrets|vars) defined in /,
  /^\[custom build\] Running: /,
  /^⎔ Starting local server\.\.\.$/,
  /^\[wrangler:info\] Ready on /,
  /^\[wrangler:info\] (?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ \d{3} /,
];

/** Dropped from the line that matches `from` to the one that matches `to`, both included. */
const DROPPED_BLOCKS: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  { from: /^Your Worker has access to the following bindings:$/, to: /^$/ },
  { from: /Scheduled Workers are not automatically triggered/, to: /For more details, see / },
];

/** A block that does not end within so many lines was something else: from there on all is shown. */
const BLOCK_LINES_LIMIT = 80;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * A filter for one stream of lines: give it each line in order, it says whether to show it. Empty lines around what
 * was dropped are dropped too, so no gaps are left.
 */
export function createQuietFilter(): (line: string) => boolean {
  let blockEnd: RegExp | undefined;
  let blockLines = 0;
  let gap = true;

  return function show(line) {
    const plain = line.replace(COLOURS, "").trimEnd();
    if (blockEnd !== undefined) {
      blockLines += 1;
      if (blockEnd.test(plain) || blockLines > BLOCK_LINES_LIMIT) blockEnd = undefined;
      gap = true;
      return false;
    }
    const block = DROPPED_BLOCKS.find(({ from }) => from.test(plain));
    if (block !== undefined) {
      blockEnd = block.to;
      blockLines = 0;
      return false;
    }
    if (DROPPED_LINES.some((dropped) => dropped.test(plain))) {
      gap = true;
      return false;
    }
    if (plain === "") return !gap;
    gap = false;
    return true;
  };
}
