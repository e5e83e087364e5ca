/** What befalls travellers, acted out over HTTP with each request and each answer of each story lost once. */

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { type Edge, startEdge } from "../auth/edge.ts";
import { type Network, networkWith, type Traveller, travellerOf } from "./traveller.ts";

/** Long enough that a sensitive route asks for a step-up, and not so long that the token expires. */
const A_WHILE_MS = 600_000;
const OURS = ["entry-001", "entry-002"];

type Story = (edge: Edge, phone: () => Traveller, again: (old: Traveller) => Traveller) => Promise<void>;

const recoveryCode = () =>
  [...crypto.getRandomValues(new Uint8Array(26))].map((byte) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[byte % 32]).join("");

const STORIES: Readonly<Record<string, Story>> = {
  "a reinstall with the keychain kept": async (_, phone, again) => {
    const before = phone();
    await before.add(OURS);
    const after = again(before);
    expect(await after.entries()).toEqual(OURS);
    expect(await after.account()).toBe(await before.account());
  },
  "a reinstall with the keychain lost, and a recovery code on paper": async (edge, phone) => {
    const before = phone();
    await before.add(OURS);
    edge.advance(A_WHILE_MS);
    const code = recoveryCode();
    await before.call("PUT", "/v1/account/recovery-code", { code });
    const after = phone();
    await after.recover(code);
    expect(await after.entries()).toEqual(OURS);
    expect(await after.account()).toBe(await before.account());
  },
  "a new phone that has entries of its own": async (edge, phone) => {
    const [old, fresh] = [phone(), phone()];
    await old.add(OURS);
    await fresh.add(["entry-003"]);
    edge.advance(A_WHILE_MS);
    await fresh.redeem(await old.makeCode(), "move");
    expect(await fresh.entries()).toEqual([...OURS, "entry-003"]);
    expect(await old.entries()).toEqual([...OURS, "entry-003"]);
  },
  "a lost phone, removed from another": async (edge, phone) => {
    const [lost, tablet] = [phone(), phone()];
    await lost.add(OURS);
    await tablet.redeem(await lost.makeCode());
    edge.advance(A_WHILE_MS);
    await tablet.call("DELETE", `/v1/devices/${await lost.device()}`);
    await expect(lost.signIn()).rejects.toThrow("device_removed");
    expect(await tablet.entries()).toEqual(OURS);
  },
  "an only phone that is lost, with an email": async (edge, phone) => {
    const lost = phone();
    await lost.add(OURS);
    edge.advance(A_WHILE_MS);
    const email = `${crypto.randomUUID()}@example.org`;
    await lost.register(email, "a night bus to the harbour");
    const next = phone();
    await next.logIn(email, "a night bus to the harbour");
    await next.call("DELETE", `/v1/devices/${await lost.device()}`);
    await expect(lost.signIn()).rejects.toThrow("device_removed");
    await next.call("DELETE", "/v1/account/email");
    expect(await next.entries()).toEqual(OURS);
  },
  "leaving for good, and beginning anew": async (edge, phone) => {
    const one = phone();
    await one.add(OURS);
    const account = await one.account();
    edge.advance(A_WHILE_MS);
    await one.call("DELETE", "/v1/account");
    await one.signIn();
    expect(await one.entries()).toEqual([]);
    expect(await one.account()).not.toBe(account);
  },
};

/** Acts a story out, and tells how many requests it took. */
async function actOut(story: Story, network: Network): Promise<number> {
  const edge = startEdge();
  await story(
    edge,
    () => travellerOf(edge, network),
    (old) => travellerOf(edge, network, old.keychain),
  );
  return network.requests();
}

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM failures").run();
});

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  test("ends with every entry intact", async () => {
    expect(await actOut(story, networkWith())).toBeGreaterThan(2);
  });

  // Hashing a password takes its time.
  test.each(["request", "answer"] as const)("ends so with any one %s lost", { timeout: 60_000 }, async (what) => {
    const requests = await actOut(story, networkWith());
    for (let at = 0; at < requests; at += 1) await actOut(story, networkWith({ what, at }));
  });
});
