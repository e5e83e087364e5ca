// Which address a deployment may have.

import { describe, expect, it } from "vitest";
import { faultOf } from "../../scripts/deploy/health.ts";
import { checkIssuer, chooseIssuer } from "../../scripts/deploy/issuer.ts";

describe("an address", () => {
  it.each(["https://edge.example.com", "https://pidging-edge.me.workers.dev/"])("%s is taken", (address) => {
    expect(checkIssuer(address)).toEqual({ issuer: address.replace(/\/$/, "") });
  });

  it.each([
    "",
    "edge.example.com",
    "http://edge.example.com",
    "https://localhost:8787",
    "https://127.0.0.1",
    "https://10.1.2.3",
    "https://172.16.0.1",
    "https://192.168.1.5",
    "https://[::1]",
    "https://edge.local",
    "https://edge",
    "https://edge.example.com/path",
    "https://user@edge.example.com",
  ])("%s is refused", (address) => {
    expect(checkIssuer(address)).toHaveProperty("refused");
  });

  it("beside the private ones is taken", () => {
    expect(checkIssuer("https://172.32.0.1")).toHaveProperty("issuer");
  });
});

describe("choosing", () => {
  const local = "http://localhost:8787";

  it("takes the passed one over the configured one", async () => {
    expect(await chooseIssuer("https://a.example", "https://b.example", undefined)).toEqual({
      issuer: "https://a.example",
    });
  });

  it("does not fall back from a bad one that was passed", async () => {
    expect(await chooseIssuer(local, "https://b.example", undefined)).toHaveProperty("refused");
  });

  it("asks when the configured one is local", async () => {
    expect(await chooseIssuer(undefined, local, async () => " https://c.example ")).toEqual({
      issuer: "https://c.example",
    });
  });

  it("says what to pass when nobody can be asked", async () => {
    expect(JSON.stringify(await chooseIssuer(undefined, local, undefined))).toContain("--issuer");
  });
});

describe("the health of a deployment", () => {
  const answers = (...statuses: number[]) => {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return new Response(null, { status: statuses[asked.length - 1] ?? 500 });
    };
    return { asked, fetch };
  };

  it("is good once the address answers", async () => {
    const { asked, fetch } = answers(404, 200);
    expect(await faultOf("https://a.example", fetch, async () => undefined)).toBeUndefined();
    expect(asked).toEqual(Array(2).fill("https://a.example/healthz?deep=1"));
  });

  it("is told after a bounded number of tries", async () => {
    const { asked, fetch } = answers();
    expect(await faultOf("https://a.example", fetch, async () => undefined)).toBe("status 500");
    expect(asked).toHaveLength(12);
  });
});
