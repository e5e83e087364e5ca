/** The page behind a problem's `type`: what it means and what to do. Static text of ours, so nothing needs escaping but `&<>`. */
import { PROBLEMS, type ProblemCode } from "../problems.ts";

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const withCode = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

/** Whether there is a problem of that code. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** The page as HTML. */
export function problemPage(code: ProblemCode): string {
  const { status, title, advice } = PROBLEMS[code];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:0 .2em}</style></head>
<body><p><code>${code}</code> · HTTP ${status}</p><h1>${escaped(title)}</h1><p>${withCode(advice)}</p></body>
</html>
`;
}
