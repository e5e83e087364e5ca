/** How many new app IDs a day, an address and a network may bring, and the operator's brake. The counters are exact. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { newApp } from "../worker.ts";
import { DAY_MS, type Edge, errorOf, SECOND_MS, signedIn, startEdge } from "./edge.ts";

const accounts = async () => (await env.DB.prepare("SELECT count(*) AS n FROM accounts").first<number>("n")) ?? 0;

/** Signs one new app in from an address. */
const enrol = (edge: Edge, address: string) => edge.appGrant(newApp(), {}, { "CF-Connecting-IP": address });

/** How many new apps of `attempts` one address, or one made from each attempt's number, gets in, one after another. */
async function enrolled(edge: Edge, attempts: number, address: string | ((n: number) => string)): Promise<number> {
  let good = 0;
  for (let n = 0; n < attempts; n += 1) {
    const { status } = await enrol(edge, typeof address === "string" ? address : address(n));
    if (status === 200) good += 1;
    else if (status !== 429) throw new Error(`Answered ${status}`);
  }
  return good;
}

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM enrolments").run();
});

describe("with five enrolments a day for an address", () => {
  const caps = { DAILY_ENROLMENTS_PER_IP: "5" };

  it("40 new app IDs at once enrol exactly five; the others get 429 slow_down until UTC midnight", async () => {
    const edge = startEdge(caps);
    const before = await accounts();
    const answers = await Promise.all(Array.from({ length: 40 }, () => enrol(edge, "198.51.100.7")));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(await accounts()).toBe(before + 5);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) {
      expect(answer.headers.get("Retry-After")).toBe(String(12 * 3600));
      expect(await errorOf(answer)).toEqual([429, "slow_down"]);
    }
  });

  it("another address is not touched by it, and known apps go on", async () => {
    const edge = startEdge(caps);
    const app = newApp();
    const here = { "CF-Connecting-IP": "198.51.100.8" };
    expect((await edge.appGrant(app, {}, here)).status).toBe(200);
    expect(await enrolled(edge, 6, "198.51.100.8")).toBe(4);
    expect((await edge.appGrant(app, {}, here)).status).toBe(200);
    expect((await enrol(edge, "198.51.100.9")).status).toBe(200);
  });

  it("a new UTC day begins anew, and no second before", async () => {
    const edge = startEdge(caps);
    expect(await enrolled(edge, 6, "198.51.100.10")).toBe(5);
    edge.advance(DAY_MS / 2 - SECOND_MS);
    const late = await enrol(edge, "198.51.100.10");
    expect([late.status, late.headers.get("Retry-After")]).toEqual([429, "1"]);
    edge.advance(SECOND_MS);
    expect((await enrol(edge, "198.51.100.10")).status).toBe(200);
  });

  it("an IPv6 /64 counts as one address, in whatever form", async () => {
    const edge = startEdge(caps);
    const forms = ["2001:db8:1:2::1", "2001:0DB8:0001:0002:ffff::9", "2001:db8:1:2:3:4:5:6"];
    expect(await enrolled(edge, 9, (n) => forms[n % forms.length] ?? "")).toBe(5);
    expect((await enrol(edge, "2001:db8:1:3::1")).status).toBe(200);
  });

  it("an IPv6 /48 has ten times as much, over all its /64", async () => {
    const edge = startEdge(caps);
    expect(await enrolled(edge, 53, (n) => `2001:db8:7:${n.toString(16)}::1`)).toBe(50);
    expect((await enrol(edge, "2001:db8:8::1")).status).toBe(200);
  });

  it("keeps no address in the database", async () => {
    const edge = startEdge(caps);
    await enrol(edge, "198.51.100.77");
    const { results } = await env.DB.prepare("SELECT subject, count FROM enrolments").all<{ subject: string }>();
    const subjects = results.map(({ subject }) => subject).sort();
    expect(subjects).toEqual([expect.stringMatching(/^ip:[A-Za-z0-9_-]{22}$/), "total"]);
  });
});

describe("with five enrolments a day in all", () => {
  it("40 new app IDs from many addresses enrol exactly five; the others get 503 until UTC midnight", async () => {
    const edge = startEdge({ DAILY_ENROLMENTS_TOTAL: "5" });
    const before = await accounts();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => enrol(edge, `203.0.113.${n}`)));
    expect(await accounts()).toBe(before + 5);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(35);
    for (const answer of refused) {
      expect(answer.headers.get("Retry-After")).toBe(String(12 * 3600));
      expect(await errorOf(answer)).toEqual([503, "temporarily_unavailable"]);
    }
  });

  it("the total is named before the address where both are full", async () => {
    const edge = startEdge({ DAILY_ENROLMENTS_TOTAL: "1", DAILY_ENROLMENTS_PER_IP: "1" });
    await enrol(edge, "198.51.100.7");
    expect((await enrol(edge, "198.51.100.7")).status).toBe(503);
  });
});

describe("with enrolment paused", () => {
  it("unknown app IDs get 503, and known ones go on", async () => {
    const { app, tokens } = await signedIn(startEdge());
    const edge = startEdge({ ENROLMENT: "paused" });
    const before = await accounts();
    const answer = await edge.appGrant(newApp());
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await errorOf(answer)).toEqual([503, "temporarily_unavailable"]);
    expect(await accounts()).toBe(before);
    expect((await edge.refresh(tokens.refresh_token)).status).toBe(200);
    expect((await edge.appGrant(app)).status).toBe(200);
    const wrong = { ...app, app_secret: newApp().app_secret };
    expect(await errorOf(await edge.appGrant(wrong))).toEqual([400, "invalid_grant", "app_secret_mismatch"]);
  });
});
