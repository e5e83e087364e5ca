/** The app's own translate route. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { hashAddress } from "../auth/token-keys.ts";
import { TRANSLATE_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { createLookups } from "../limits/lookups.ts";
import { callerPrefix } from "../limits/rate.ts";
import { outbound } from "../outbound.ts";
import type { Phrasebook } from "../phrasebook/phrasebook.ts";
import { createCircuit } from "../provider/circuit.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { createFlights } from "./coalesce.ts";
import { createHits } from "./hits.ts";
import { createMemory } from "./memory.ts";
import { type Asked, TranslateRequest, unitsOf } from "./request.ts";
import { type TierState, type Translated, translate, type UnitResult } from "./translate.ts";

const TAG = "Translation";

/** For the document only; a function, because the bundle would keep a constant that nothing uses. */
function translateAnswer() {
  const count = v.pipe(v.number(), v.integer(), v.minValue(0));
  const result = v.union([
    v.object({
      to: v.string(),
      text: v.string(),
      pronunciation: v.optional(v.string()),
      source: v.pipe(
        v.picklist(["memory", "phrasebook", "kv", "azure", "same"]),
        v.description(
          "The tier that answered. `kv` tells that somebody had that text translated before; `Cache-Control: no-store` keeps a text out of the caches.",
        ),
      ),
    }),
    v.object({
      to: v.string(),
      error: v.object({ code: v.string(), detail: v.string(), retryAfterSeconds: v.optional(count) }),
    }),
  ]);
  return v.object({
    translations: v.array(
      v.object({
        text: v.pipe(v.string(), v.description("The text as it was sent.")),
        detectedLanguage: v.optional(v.object({ language: v.string(), score: v.number() })),
        results: v.pipe(
          v.array(result),
          v.description("One per target, in the order asked; languages in the provider's spelling."),
        ),
      }),
    ),
    usage: v.object({ charactersBilled: count, charactersLeft: v.optional(count) }),
  });
}

const translateRoute = {
  method: "post",
  path: "/v1/translate",
  access: "snapshot",
  body: {
    kind: "json",
    schema: TranslateRequest,
    limitBytes: TRANSLATE_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "translate",
    tag: TAG,
    summary: "Translate texts",
    description:
      "One or many texts into one or many languages. Each result says which tier answered: the isolate's memory, the phrasebook (plain text with `from` only), KV, or the provider. 200 when at least one unit succeeded, with an error beside each that did not; when none did, the error as a problem. Send `Cache-Control: no-store` to keep the texts out of every cache.",
    requestHeaders: { "Cache-Control": "`no-store` keeps the texts out of every cache." },
    examples: {
      one: { text: "bread", from: "en", to: "es" },
      many: { texts: ["train station", "passport"], from: "en", to: ["ja", "es"] },
    },
    answers: { 200: { description: "The translations, in the order of the texts.", schema: translateAnswer() } },
    errors: [
      "unsupported_language",
      "quota_exceeded",
      "budget_exhausted",
      "translator_busy",
      "translator_unavailable",
      "translator_refused",
      "translator_not_configured",
      "storage_unavailable",
    ],
  },
} as const satisfies Declaration;

function wireResult(to: string, result: UnitResult | undefined) {
  if (result === undefined) throw new Error("A unit was left without a result");
  if (!result.ok) {
    const { code, detail, retryAfterSeconds } = result.failure;
    return { to, error: { code, detail, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } };
  }
  const { text, pronunciation } = result.translation;
  return { to, text, ...(pronunciation === undefined ? {} : { pronunciation }), source: result.source };
}

function wireAnswer({ rows }: Asked, { results, charactersBilled, charactersLeft }: Translated) {
  const translations = rows.map(({ text, units }) => {
    const found = units.map(({ key }) => results.get(key));
    const detected = found.find((result) => result?.ok)?.ok
      ? found.flatMap((result) => (result?.ok ? [result.translation.detected] : [])).find((each) => each !== undefined)
      : undefined;
    return {
      text,
      ...(detected === undefined ? {} : { detectedLanguage: detected }),
      results: units.map(({ to, key }) => wireResult(to, results.get(key))),
    };
  });
  return {
    translations,
    usage: {
      charactersBilled,
      ...(charactersLeft === undefined ? {} : { charactersLeft: Math.max(0, charactersLeft) }),
    },
  };
}

/** The failure to answer with where not one unit succeeded. */
function commonFailure({ results }: Translated): Failure | undefined {
  let first: Failure | undefined;
  for (const result of results.values()) {
    if (result.ok) return undefined;
    first ??= result.failure;
  }
  return first;
}

/** How many units each tier answered, for Server-Timing and the log. */
function noteTiers(c: Context<AppEnv>, { units }: Asked, { results }: Translated): void {
  const tiers: Record<string, number> = {};
  for (const { key } of units) {
    const result = results.get(key);
    const tier = result?.ok ? result.source : "failed";
    tiers[tier] = (tiers[tier] ?? 0) + 1;
  }
  for (const [tier, count] of Object.entries(tiers))
    c.get("trace").timing(`tier-${tier}`, { description: `${count} unit${count === 1 ? "" : "s"}` });
  c.get("trace").note({ tiers: JSON.stringify(tiers) });
}

/** Mounts the route, with the tiers' state of this isolate. */
export function translateRoutes(mount: Mount, { keyringOf, clock }: AuthParts, phrasebook: Phrasebook): void {
  const state: TierState = {
    memory: createMemory(),
    phrasebook,
    lookups: createLookups(),
    flights: createFlights(),
    circuit: createCircuit(),
    hits: createHits(),
  };

  mount(translateRoute, async (c, { body }) => {
    const units = unitsOf(body);
    if (!units.ok) return refuse(c, units.failure);
    const { asked } = units;
    const caller = c.get("caller");
    const config = c.get("config");
    const trace = c.get("trace");
    const translated = await translate(
      state,
      {
        db: c.env.DB,
        kv: c.env.TRANSLATIONS,
        fetch: outbound,
        clock,
        waitUntil: (work) => c.executionCtx.waitUntil(work),
        config,
        caller,
        trace,
        hashedAddress: async () => hashAddress((await keyringOf(config)).tokens, callerPrefix(c, 48)),
        mayStore: !/(^|[,\s])no-store([,\s]|$)/i.test(c.req.header("Cache-Control") ?? ""),
      },
      asked.units,
    );
    if (translated === "session_over") return refuseEnded(c);
    noteTiers(c, asked, translated);
    const failure = commonFailure(translated);
    return failure === undefined ? c.json(wireAnswer(asked, translated)) : refuse(c, failure);
  });
}
