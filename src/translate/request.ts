/** The translate route's body: its schema, and how it becomes units in canonical form. */
import * as v from "valibot";
import { CHARACTERS_PER_REQUEST, TARGETS_PER_REQUEST, UNITS_PER_REQUEST } from "../bounds.ts";
import { type Failed, type Failure, failed } from "../errors.ts";
import { foldLanguage, pronunciationScript } from "./languages.ts";
import { canonicalText, makeUnit, type Unit } from "./unit.ts";

const text = v.pipe(v.string("must be a string"), v.regex(/\S/, "must not be empty"));
const TOO_LONG = `must have at most ${CHARACTERS_PER_REQUEST} characters in all`;
const tag = v.pipe(
  v.string("must be a string"),
  v.regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/, "must be a language tag, like es or zh-Hans"),
  v.description("A BCP 47 tag; regional tags of a known language are folded to it."),
);

/** The body of `POST /v1/translate`. */
export const TranslateRequest = v.pipe(
  v.object(
    {
      text: v.optional(
        v.pipe(text, v.maxLength(CHARACTERS_PER_REQUEST, TOO_LONG), v.description("One text. Either this or `texts`.")),
      ),
      texts: v.optional(
        v.pipe(
          v.array(text, "must be an array of texts"),
          v.minLength(1, "must hold a text"),
          v.maxLength(UNITS_PER_REQUEST, `must hold at most ${UNITS_PER_REQUEST} texts`),
          v.check((texts) => texts.reduce((sum, { length }) => sum + length, 0) <= CHARACTERS_PER_REQUEST, TOO_LONG),
          v.description("Several texts. Either this or `text`."),
        ),
      ),
      to: v.union(
        [
          tag,
          v.pipe(
            v.array(tag),
            v.minLength(1, "must hold a language"),
            v.maxLength(TARGETS_PER_REQUEST, `must hold at most ${TARGETS_PER_REQUEST} languages`),
          ),
        ],
        (issue) =>
          issue.issues?.find(({ kind }) => kind === "validation")?.message ??
          "must be a language tag or an array of at most 10",
      ),
      from: v.optional(
        v.pipe(tag, v.description("Absent: the provider detects it. The phrasebook answers only with it.")),
      ),
      textType: v.optional(v.picklist(["plain", "html"], "must be plain or html"), "plain"),
      pronunciation: v.optional(
        v.pipe(
          v.boolean("must be true or false"),
          v.description("Also write the translation in Latin letters, where the target has that."),
        ),
        false,
      ),
    },
    "must be an object",
  ),
  // Partial: faults elsewhere in the body do not hide these.
  v.partialCheck(
    [["text"], ["texts"]],
    (body) => (body.text === undefined) !== (body.texts === undefined),
    "must hold either text or texts",
  ),
  v.forward(
    v.partialCheck(
      [["texts"], ["to"]],
      (body) => (body.texts?.length ?? 1) * (Array.isArray(body.to) ? body.to.length : 1) <= UNITS_PER_REQUEST,
      `must be at most ${UNITS_PER_REQUEST} units: texts times targets`,
    ),
    ["to"],
  ),
);

/** A request's texts in order, each with its units in the order of the targets; and all units. */
export interface Asked {
  readonly rows: readonly { readonly text: string; readonly units: readonly Unit[] }[];
  readonly units: readonly Unit[];
}

/** What is wrong with the languages of a body of which not all are supported. */
function unsupported(
  body: v.InferOutput<typeof TranslateRequest>,
  from: string | undefined,
  folded: readonly (string | undefined)[],
): Failure {
  const message = "is not a supported language";
  const errors = folded.flatMap((code, index) =>
    code === undefined ? [{ path: Array.isArray(body.to) ? `to.${index}` : "to", message }] : [],
  );
  if (body.from !== undefined && from === undefined) errors.unshift({ path: "from", message });
  return { code: "unsupported_language", detail: "GET /v1/languages lists the languages.", errors };
}

/** The units of a validated body. A tag that is not supported fails the request before anything is looked up or sent. */
export function unitsOf(
  body: v.InferOutput<typeof TranslateRequest>,
): { readonly ok: true; readonly asked: Asked } | Failed<Failure> {
  const targets = Array.isArray(body.to) ? body.to : [body.to];
  const from = body.from === undefined ? undefined : foldLanguage(body.from);
  const folded = targets.map(foldLanguage);
  const codes = folded.filter((code) => code !== undefined);
  if (codes.length < folded.length || (body.from !== undefined && from === undefined))
    return failed(unsupported(body, from, folded));
  const texts = body.texts ?? [body.text ?? ""];
  const rows = texts.map((original) => {
    const canonical = canonicalText(original);
    const units = codes.map((to) =>
      makeUnit({
        text: canonical,
        from,
        to,
        textType: body.textType,
        toScript: body.pronunciation ? pronunciationScript(to) : undefined,
      }),
    );
    return { text: original, units };
  });
  return { ok: true, asked: { rows, units: rows.flatMap(({ units }) => units) } };
}
