/**
 * Two apps of one account that follow the client's rules under `SESSION_POLICY=one`, in any order of use, sign-out,
 * waiting and taking over, held against a model: whoever was displaced is told so and changes nothing, whoever is signed
 * in stays so, so the two never sign each other out for ever.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionStep } from "../../scripts/client/session.ts";
import { secondDevice } from "../second-device.ts";
import { newApp } from "../worker.ts";
import { clientOf, seenBy, storeOf } from "./client.ts";
import { isolate, NOON } from "./isolates.ts";

const ACTS = [
  "phone uses",
  "tablet uses",
  "phone takes over",
  "tablet takes over",
  "phone signs out",
  "tablet signs out",
  "time passes",
] as const;
type Act = (typeof ACTS)[number];
type Name = "phone" | "tablet";

/** The rules: who is signed in, who was displaced, and how many sign-ins there have been. */
function model() {
  const signedIn = new Set<Name>();
  const displaced = new Set<Name>();
  let signIns = 0;
  return {
    /** What an app is told when it is used. */
    use(name: Name, takesOver: boolean): "served" | "signed_in_elsewhere" {
      if (signedIn.has(name)) return "served";
      if (displaced.has(name) && !takesOver) return "signed_in_elsewhere";
      signedIn.clear();
      signedIn.add(name);
      displaced.clear();
      displaced.add(name === "phone" ? "tablet" : "phone");
      signIns += 1;
      return "served";
    },
    signOut: (name: Name) => void signedIn.delete(name),
    live: () => signedIn.size,
    signIns: () => signIns,
  };
}

async function pair() {
  const clock = { now: NOON };
  const worker = isolate(clock, { SESSION_POLICY: "one", DAILY_ENROLMENTS_PER_IP: "100000" });
  const phoneApp = newApp();
  const { account_id, refresh_token } = await worker.signIn(phoneApp);
  await worker.form("/oauth/revoke", { token: refresh_token });
  const steps: SessionStep[] = [];
  const app = (store: ReturnType<typeof storeOf>) => {
    const parts = { clock, store, steps, worker: () => worker };
    return { plain: clientOf(parts), takingOver: clientOf({ ...parts, takeOver: true }) };
  };
  const apps = { phone: app(storeOf(phoneApp)), tablet: app(storeOf(await secondDevice(account_id, clock.now))) };
  const live = () =>
    env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE account_id = ?1 AND revoked_at IS NULL")
      .bind(account_id)
      .first<number>("n");
  return { clock, apps, steps, live };
}

/** Plays the acts, holding each against the model. */
async function play(acts: readonly Act[]): Promise<void> {
  const { clock, apps, steps, live } = await pair();
  const rules = model();
  for (const act of acts) {
    if (act === "time passes") clock.now += 901_000;
    else {
      const name: Name = act.startsWith("phone") ? "phone" : "tablet";
      const { plain, takingOver } = apps[name];
      if (act.endsWith("signs out")) {
        await plain.signOut();
        rules.signOut(name);
      } else {
        const takesOver = act.endsWith("takes over");
        const told = await seenBy(takesOver ? takingOver : plain);
        expect(told.replace(/^[A-Za-z0-9_-]{22}$/, "served"), act).toBe(rules.use(name, takesOver));
      }
    }
    expect(await live(), act).toBe(rules.live());
  }
  expect(steps.filter((step) => step === "signed in")).toHaveLength(rules.signIns());
  expect(steps).not.toContain("made a new app ID");
}

test("two apps never sign each other out for ever, whatever their users do", async () => {
  const acts = fc.array(fc.constantFrom(...ACTS), { minLength: 4, maxLength: 16 });
  await fc.assert(fc.asyncProperty(acts, play), { numRuns: 60 });
}, 20_000);

test("used in turn for hours, the one that was displaced is told so every time, and there is no further sign-in", async () => {
  const round: Act[] = ["phone uses", "tablet uses", "time passes"];
  await play(Array.from({ length: 8 }, () => round).flat());
});
