/** The refresh token's form: whoever did not get a token from here has none, and no query is made to find that out. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { makeTokenSecret } from "../../scripts/keys/make.ts";
import { newId, type SessionId } from "../../src/auth/ids.ts";
import {
  firstSecret,
  formatRefreshToken,
  hashOfSecret,
  type PresentedToken,
  readRefreshToken,
  successorOf,
} from "../../src/auth/refresh-token.ts";
import { deriveTokenKeys, type TokenKeys } from "../../src/auth/token-keys.ts";
import { counting } from "../bindings.ts";
import { signedIn, startEdge } from "./edge.ts";

const secrets = [
  { ...makeTokenSecret(), id: "a1" },
  { ...makeTokenSecret(), id: "b2" },
];
let all: readonly TokenKeys[];
let token: PresentedToken;
let text: string;
beforeAll(async () => {
  all = await deriveTokenKeys(secrets);
  const [keys] = all;
  if (keys === undefined) throw new Error("There are no keys");
  token = { keys, sessionId: newId<SessionId>(), generation: 41, secret: firstSecret() };
  text = await formatRefreshToken(token);
});

const read = (presented: string, keys = all) => readRefreshToken(keys, presented);
const parts = () => text.split(".");

describe("a token that was made here", () => {
  it("has six parts, and is read as what it was made of", async () => {
    expect(parts().slice(0, 5)).toEqual(["v1", "a1", token.sessionId, "41", token.secret]);
    expect(await read(text)).toEqual(token);
  });

  it("is read under whichever of the keys it names, in any order of them", async () => {
    expect(await read(text, [...all].reverse())).toEqual(token);
    expect(await read(text, all.slice(1))).toBeUndefined();
  });

  it("has a successor that is the same for whoever asks, and different for every key and secret", async () => {
    const [, other] = all;
    const successor = await successorOf(token);
    expect(successor).toEqual(await successorOf({ ...token }));
    expect(successor).toMatchObject({ generation: 42, sessionId: token.sessionId });
    const texts = new Set([
      successor.secret,
      token.secret,
      (await successorOf(successor)).secret,
      (await successorOf({ ...token, secret: firstSecret() })).secret,
      (await successorOf({ ...token, keys: other ?? token.keys })).secret,
    ]);
    expect(texts.size).toBe(5);
    expect(successor.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("cannot be told from what the database keeps of it", async () => {
    expect(await hashOfSecret(token.secret)).not.toBe(token.secret);
    expect(await successorOf({ ...token, secret: await hashOfSecret(token.secret) })).not.toEqual(
      await successorOf(token),
    );
  });
});

describe("a token that was not", () => {
  it("is not read with any one character changed, left out or put in", async () => {
    for (let at = 0; at < text.length; at += 1) {
      const [before, after] = [text.slice(0, at), text.slice(at + 1)];
      const changed = text[at] === "A" ? "B" : "A";
      for (const forged of [before + changed + after, before + after, `${before}A${text.slice(at)}`]) {
        expect(await read(forged), forged).toBeUndefined();
      }
    }
  });

  it("is not read with a part of another token of ours", async () => {
    const other = (await formatRefreshToken({ ...(await successorOf(token)), sessionId: newId() })).split(".");
    for (let at = 2; at < 6; at += 1) {
      expect(
        await read(
          parts()
            .with(at, other[at] ?? "")
            .join("."),
        ),
        `part ${at}`,
      ).toBeUndefined();
    }
    expect(await read(parts().with(1, "b2").join("."))).toBeUndefined();
    expect(await read(parts().with(1, "c3").join("."))).toBeUndefined();
    expect(await read(parts().with(0, "v2").join("."))).toBeUndefined();
  });

  it("is not read in another spelling of the same", async () => {
    const spellings = [
      ` ${text}`,
      `${text}\n`,
      `${text}=`,
      parts().with(3, "041").join("."),
      parts().with(3, "41.0").join("."),
    ];
    for (const spelling of [...spellings, text.toUpperCase(), `${text}.`]) expect(await read(spelling)).toBeUndefined();
    // 16 bytes leave four spare bits in the tag's last character.
    const tag = parts()[5] ?? "";
    for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      const spelled = parts()
        .with(5, tag.slice(0, -1) + last)
        .join(".");
      if (spelled !== text) expect(await read(spelled), last).toBeUndefined();
    }
  });

  it("is not read, whatever it is", async () => {
    const junk = fc.oneof(
      fc.string(),
      fc.stringMatching(/^v1\.a1\.[A-Za-z0-9_-]{22}\.[1-9]\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{22}$/),
    );
    await fc.assert(
      fc.asyncProperty(junk, async (presented) => (await read(presented)) === undefined),
      { numRuns: 200 },
    );
  });
});

describe("junk at the token endpoint", () => {
  it("makes no query: without the form, with another tag, and of a key that is not known", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { tokens } = await signedIn(edge);
    const [v1, , ...rest] = tokens.refresh_token.split(".");
    counted.take();
    for (const junk of [
      "x",
      text,
      `${tokens.refresh_token.slice(0, -22)}${"A".repeat(22)}`,
      [v1, "zz9", ...rest].join("."),
    ]) {
      expect((await edge.refresh(junk)).status).toBe(400);
    }
    expect(counted.take()).toEqual({ d1Statements: 0, d1Batches: 0, kvGets: 0, kvPuts: 0, fetches: 0 });
    expect((await edge.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("of a dropped key is one: its sessions end, and their apps sign in again", async () => {
    const [first, second] = [makeTokenSecret(), makeTokenSecret()];
    const before = startEdge({ TOKEN_SECRETS: JSON.stringify([first]) });
    const rotated = startEdge({ TOKEN_SECRETS: JSON.stringify([second, first]) });
    const dropped = startEdge({ TOKEN_SECRETS: JSON.stringify([second]) });
    const { app, tokens } = await signedIn(before);
    const next = await rotated.refreshed(tokens.refresh_token);
    expect(next.refresh_token.split(".")[1]).toBe(first.id);
    expect((await rotated.signIn()).refresh_token.split(".")[1]).toBe(second.id);
    expect((await dropped.refresh(next.refresh_token)).status).toBe(400);
    expect((await dropped.signIn(app)).account_id).toBe(tokens.account_id);
  });
});
