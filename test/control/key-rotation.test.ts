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
  appendSigningKey,
  appendTokenSecret,
  dropSigningKeys,
  dropTokenSecrets,
  promoteSigningKey,
  promoteTokenSecret,
  type Refused,
  type Step,
} from "../../scripts/keys/steps.ts";
import { newApp, type TestWorker, type Tokens } from "../worker.ts";
import { clientOf, seenBy, storeOf } from "./client.ts";
import { hot, isolate, type MovedClock, NOON, refresh, told } from "./isolates.ts";

const TTL_MS = 900_000;
const KEY_SET_MS = 600_000;
const ROLL_OUT_MS = 300_000;

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
    former: () => former,
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
    /** Lives on for so long, refreshing before a token is over. */
    async passes(ms: number) {
      for (let left = ms; left > 0; left -= 300_000) {
        clock.now += Math.min(left, 300_000);
        await this.live();
      }
    },
    /** Lives through a deployment: both isolates run while it takes, the former is gone after. */
    async rollsOut() {
      await this.live();
      clock.now += ROLL_OUT_MS;
      await this.live();
      deployed.retire();
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
    await session.rollsOut();
    await session.passes(KEY_SET_MS);
    expect(kidOf(session.tokens().access_token)).toBe(oldKid);

    deployed.deploy(promoteSigningKey(deployed.value()));
    const [signer] = deployed.value() as readonly { kid: string }[];
    expect(signer?.kid).not.toBe(oldKid);
    clock.now += ROLL_OUT_MS;
    const { access_token: lastOfOld } = await deployed.former().signIn(newApp());
    expect(kidOf(lastOfOld)).toBe(oldKid);
    await session.rollsOut();
    await session.passes(TTL_MS - ROLL_OUT_MS - 1);
    expect(await hot(deployed.newest(), lastOfOld)).toBe("200");
    await session.passes(1);

    deployed.deploy(dropSigningKeys(deployed.value()));
    await session.rollsOut();
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
  const secretOf = ({ refresh_token }: Pick<Tokens, "refresh_token">) => refresh_token.split(".")[1];

  test("append, wait, promote, wait for as long as a session lives: not one request of a live session fails", async () => {
    const clock = { now: NOON };
    const deployed = deployment("TOKEN_SECRETS", clock);
    const session = await liveSession(clock, deployed);
    const oldId = secretOf(session.tokens());
    await session.live();

    deployed.deploy(appendTokenSecret(deployed.value(), makeTokenSecret()));
    await session.rollsOut();
    deployed.deploy(promoteTokenSecret(deployed.value()));
    const [made] = deployed.value() as readonly { id: string }[];
    const later = await liveSession(clock, deployed);
    expect(secretOf(later.tokens())).toBe(made?.id);
    await later.live();
    await session.rollsOut();
    for (let part = 0; part < 3; part += 1) {
      await later.live();
      await session.passes(TTL_MS / 3);
    }
    expect(secretOf(session.tokens())).toBe(oldId);
    await later.live();

    // The later session was made with the new secret, so dropping the old one does not touch it.
    deployed.deploy(dropTokenSecrets(deployed.value()));
    await later.rollsOut();
    await later.passes(TTL_MS);
    expect(secretOf(later.tokens())).toBe(made?.id);
  });

  test("first at once, a new secret's sessions are refused by isolates of before: appending it first is needed", async () => {
    const clock = { now: NOON };
    const deployed = deployment("TOKEN_SECRETS", clock);
    const before = deployed.newest();
    deployed.deploy(appendTokenSecret(deployed.value(), makeTokenSecret()));
    const appended = deployed.newest();
    deployed.deploy(promoteTokenSecret(deployed.value()));
    const { refresh_token } = await deployed.newest().signIn(newApp());
    expect(await told(refresh(before, refresh_token))).toBe("400 invalid_grant");
    expect(await told(refresh(appended, refresh_token))).toBe("200");
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
    deployed.deploy(appendTokenSecret(deployed.value(), makeTokenSecret()));
    deployed.deploy(promoteTokenSecret(deployed.value()));
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
