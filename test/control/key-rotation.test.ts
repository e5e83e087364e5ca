/**
 * Rotating the two secrets by the steps that `npm run keys` prints, each a deployment: new isolates with the next value,
 * those of the value before still running beside them. A live session must not notice.
 */
import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import type { SessionStep } from "../../scripts/client/session.ts";
import { makeSigningKey, makeTokenSecret } from "../../scripts/keys/make.ts";
import {
  addTokenSecret,
  appendSigningKey,
  dropSigningKeys,
  dropTokenSecrets,
  promoteSigningKey,
  type Refused,
  type Step,
} from "../../scripts/keys/steps.ts";
import { newApp, type TestWorker } from "../worker.ts";
import { clientOf, seenBy, storeOf } from "./client.ts";
import { hot, isolate, type MovedClock, NOON, refresh, told } from "./isolates.ts";

const TTL_MS = 900_000;
const KEY_SET_MS = 600_000;

type Secret = Step["secret"];

/** A deployment whose secret is set step by step: the newest isolate, and the one before it, which runs on for a while. */
function deployment(secret: Secret, clock: MovedClock) {
  let value: readonly unknown[] = JSON.parse(env[secret]);
  const start = () => isolate(clock, { [secret]: JSON.stringify(value) });
  let newest = start();
  let former = newest;
  return {
    value: () => value,
    newest: () => newest,
    isolates: (): readonly TestWorker[] => [newest, former],
    /** The former isolate is gone. */
    retire() {
      former = newest;
    },
    deploy(step: Step | Refused) {
      if ("refused" in step) throw new Error(step.refused);
      value = step.value;
      former = newest;
      newest = start();
    },
  };
}

/** A session that is alive: whatever it does has to be good, in either isolate. */
async function liveSession(clock: MovedClock, deployed: ReturnType<typeof deployment>) {
  let tokens = await deployed.newest().signIn(newApp());
  return {
    tokens: () => tokens,
    /** Uses the access token in both isolates, refreshes in each, and uses the new tokens in both. */
    async live() {
      for (const refreshing of deployed.isolates()) {
        for (const worker of deployed.isolates()) {
          expect((await worker.get("/v1/sessions/current", tokens.access_token)).status).toBe(200);
          expect(await hot(worker, tokens.access_token)).toBe("200");
        }
        const refreshed = await refresh(refreshing, tokens.refresh_token);
        expect(refreshed.status).toBe(200);
        tokens = { ...tokens, ...(await refreshed.json<{ access_token: string; refresh_token: string }>()) };
      }
    },
    /** Lives through a deployment while both run; then, the former gone, for so long, refreshing before a token is over. */
    async passes(ms: number) {
      await this.live();
      deployed.retire();
      for (let left = ms; left > 0; left -= 300_000) {
        clock.now += Math.min(left, 300_000);
        await this.live();
      }
    },
  };
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid;

/** Verifies a token as another service would, by the published keys. */
async function verifiesBy(worker: TestWorker, token: string, now: number): Promise<boolean> {
  const jwks = createLocalJWKSet(await (await worker.get("/.well-known/jwks.json")).json());
  return jwtVerify(token, jwks, { currentDate: new Date(now) }).then(
    () => true,
    () => false,
  );
}

describe("rotating SIGNING_KEYS", () => {
  test("append, wait, promote, wait, drop: not one request of a live session fails, and its tokens change keys", async () => {
    const clock = { now: NOON };
    const deployed = deployment("SIGNING_KEYS", clock);
    const session = await liveSession(clock, deployed);
    const oldKid = kidOf(session.tokens().access_token);
    await session.live();

    deployed.deploy(appendSigningKey(deployed.value(), await makeSigningKey()));
    await session.passes(KEY_SET_MS);
    expect(kidOf(session.tokens().access_token)).toBe(oldKid);

    deployed.deploy(promoteSigningKey(deployed.value()));
    const [signer] = deployed.value() as readonly { kid: string }[];
    const lastOfOld = session.tokens().access_token;
    expect(kidOf(lastOfOld)).toBe(oldKid);
    await session.passes(TTL_MS - 1);
    expect(signer?.kid).not.toBe(oldKid);
    expect(await hot(deployed.newest(), lastOfOld)).toBe("200");
    await session.passes(1);
    expect(await hot(deployed.newest(), session.tokens().access_token)).toBe("200");

    deployed.deploy(dropSigningKeys(deployed.value()));
    await session.passes(TTL_MS);
    expect(deployed.value()).toHaveLength(1);
    expect(kidOf(session.tokens().access_token)).toBe(signer?.kid);
  });

  test("a verifier that has the key set of the step before verifies every token", async () => {
    const clock = { now: NOON };
    const deployed = deployment("SIGNING_KEYS", clock);
    const steps = [
      async () => appendSigningKey(deployed.value(), await makeSigningKey()),
      async () => promoteSigningKey(deployed.value()),
      async () => dropSigningKeys(deployed.value()),
    ];
    for (const step of steps) {
      const before = deployed.newest();
      deployed.deploy(await step());
      const { access_token } = await deployed.newest().signIn(newApp());
      expect(await verifiesBy(before, access_token, clock.now)).toBe(true);
      expect(await verifiesBy(deployed.newest(), access_token, clock.now)).toBe(true);
    }
  });

  test("dropped before the access TTL is over, tokens of the old key are refused: the wait is needed", async () => {
    const clock = { now: NOON };
    const deployed = deployment("SIGNING_KEYS", clock);
    deployed.deploy(appendSigningKey(deployed.value(), await makeSigningKey()));
    const { access_token } = await deployed.newest().signIn(newApp());
    deployed.deploy(promoteSigningKey(deployed.value()));
    expect(await hot(deployed.newest(), access_token)).toBe("200");
    deployed.deploy(dropSigningKeys(deployed.value()));
    expect(await hot(deployed.newest(), access_token)).toBe("401 invalid_token");
  });
});

describe("rotating TOKEN_SECRETS", () => {
  test("add, and wait for as long as a session lives: not one request of a live session fails", async () => {
    const clock = { now: NOON };
    const deployed = deployment("TOKEN_SECRETS", clock);
    const session = await liveSession(clock, deployed);
    const keyOf = (token: string) => token.split(".")[1];
    const oldKey = keyOf(session.tokens().refresh_token);
    await session.live();

    deployed.deploy(addTokenSecret(deployed.value(), makeTokenSecret()));
    await session.passes(2 * TTL_MS);
    expect(keyOf(session.tokens().refresh_token)).toBe(oldKey);
    const [made] = deployed.value() as readonly { id: string }[];
    const later = await deployed.newest().signIn(newApp());
    expect(keyOf(later.refresh_token)).toBe(made?.id);

    // The later session was made with the new secret, so dropping the old one does not touch it.
    deployed.deploy(dropTokenSecrets(deployed.value()));
    for (const worker of deployed.isolates())
      expect(await told(refresh(worker, later.refresh_token, { attempt_id: "the-same-in-both-isolates" }))).toBe("200");
  });

  test("dropping a secret ends its sessions, and their apps sign in again silently, to the same account and device", async () => {
    const clock = { now: NOON };
    const deployed = deployment("TOKEN_SECRETS", clock);
    const app = newApp();
    const steps: SessionStep[] = [];
    const store = storeOf(app);
    const client = clientOf({ clock, store, steps, worker: deployed.newest });
    const former = await seenBy(client);
    const { tokens } = await store.read();
    deployed.deploy(addTokenSecret(deployed.value(), makeTokenSecret()));
    deployed.deploy(dropTokenSecrets(deployed.value()));

    // Its access token is good until it is over: secrets are not what signs those.
    expect(await seenBy(client)).toBe(former);
    clock.now += TTL_MS + 1000;
    const session = await seenBy(client);
    expect(session).not.toBe(former);
    expect(session).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(steps).toEqual(["signed in", "signed in"]);
    expect((await store.read()).tokens).toMatchObject({ accountId: tokens?.accountId, deviceId: tokens?.deviceId });
  });
});
