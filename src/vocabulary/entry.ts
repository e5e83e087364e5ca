/**
 * What an entry is, and how a change from a client is held to it. Which changes are taken is decided in the store's
 * statement, since that depends on what is there.
 */
import * as v from "valibot";
import { ENTRY_BYTES, FIELD_LEVELS, TAGS_PER_ENTRY } from "../bounds.ts";
import { utf8 } from "../encoding.ts";

/** What clients make ids like. */
export const ID = /^[A-Za-z0-9_-]{8,64}$/;

const text = v.pipe(v.string(), v.nonEmpty());
const tag = v.pipe(v.string(), v.regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/));
const time = v.pipe(v.string(), v.isoTimestamp());

/** The fields that a client may set, each with what it may hold. */
export const FIELDS = {
  text,
  language: tag,
  translation: text,
  translationLanguage: tag,
  transliteration: v.string(),
  note: v.string(),
  category: v.string(),
  tags: v.pipe(v.array(v.string()), v.maxLength(TAGS_PER_ENTRY)),
  favourite: v.boolean(),
  phraseId: v.string(),
  practice: v.record(v.string(), v.unknown()),
  createdAt: time,
  updatedAt: time,
} as const;

/** A field's name. */
export type Field = keyof typeof FIELDS;

/** Fields that an entry always has, so that a change cannot clear them. The server sets the last three where the client does not. */
export const REQUIRED: readonly Field[] = [
  "text",
  "language",
  "translation",
  "translationLanguage",
  "favourite",
  "createdAt",
  "updatedAt",
];

/** Why a change was not taken. */
export type Rejection =
  | "invalid_change"
  | "invalid_id"
  | "invalid_field"
  | "invalid_text"
  | "duplicate_id"
  | "missing_field"
  | "too_large"
  | "quota_exceeded"
  | "not_applied";

/**
 * A change whose form is good: a merge patch, or a deletion. `base` is a stamp or 0, absent where the client did not say,
 * or `upsert` for whatever is there or not. `expects` narrows it to where there is an entry, or none; a tombstone is none.
 */
export interface Change {
  readonly id: string;
  readonly base: number | "upsert" | undefined;
  readonly expects?: "entry" | "none";
  readonly deleted: boolean;
  /** Canonical JSON of the patch; null values clear. */
  readonly patch: string;
}

/** A change, or why it is none. */
export type ReadChange =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly id: string | null; readonly code: Rejection; readonly field?: string };

/** JSON with the keys of every object in order, so that equal contents are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

const shownName = (field: string) => field.toWellFormed().slice(0, 100);

const Base = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Holds one change of a push to the contract. */
export function readChange(raw: unknown): ReadChange {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return { ok: false, id: null, code: "invalid_change" };
  const { id, base, deleted = false, rev: _rev, ...fields } = raw as Record<string, unknown>;
  if (typeof id !== "string" || !ID.test(id))
    return { ok: false, id: typeof id === "string" ? id.toWellFormed().slice(0, 100) : null, code: "invalid_id" };
  if (typeof deleted !== "boolean") return { ok: false, id, code: "invalid_field", field: "deleted" };
  if (base !== undefined && !v.is(Base, base)) return { ok: false, id, code: "invalid_field", field: "base" };
  const known = { id, base: base as number | undefined, deleted };
  if (deleted) return { ok: true, change: { ...known, patch: "{}" } };
  for (const [field, value] of Object.entries(fields)) {
    const schema = Object.hasOwn(FIELDS, field) ? FIELDS[field as Field] : undefined;
    if (isDeeper(value, FIELD_LEVELS)) return { ok: false, id, code: "invalid_field", field: shownName(field) };
    if (!isWellFormed(value)) return { ok: false, id, code: "invalid_text", field: shownName(field) };
    // To `v.record` an array is an object too.
    const fits = schema !== undefined && Array.isArray(value) === (field === "tags") && v.is(schema, value);
    const clears = schema !== undefined && value === null && !REQUIRED.includes(field as Field);
    if (!fits && !clears) return { ok: false, id, code: "invalid_field", field: shownName(field) };
  }
  const patch = canonicalJson(fields);
  // Nothing that it is merged with makes it fit; and what no entry can hold is not worth D1's time.
  const kept = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  if (utf8(JSON.stringify(kept)).byteLength > ENTRY_BYTES) return { ok: false, id, code: "too_large" };
  return { ok: true, change: { ...known, patch } };
}
