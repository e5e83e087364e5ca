/** What the emulator refuses, each with the provider's code, at the boundary where there is one. */

import { describe, expect, it } from "vitest";
import { createAzureEmulator } from "./emulator.ts";
import { type SampleChange, sampleRequest } from "./sample-request.ts";

const texts = (count: number, length: number) => Array.from({ length: count }, () => ({ Text: "x".repeat(length) }));
const query = (rest: string) => ({ query: `api-version=3.0&${rest}` });

/** 200, or the code of the error; checks the shape of an error on the way. */
async function outcome(change: SampleChange, emulator = createAzureEmulator()): Promise<number> {
  const response = await emulator.fetch(sampleRequest(change));
  if (response.status === 200) return 200;
  const body: { error: { code: number } } = JSON.parse(await response.text());
  expect(body).toEqual({ error: { code: expect.any(Number), message: expect.any(String) } });
  expect(Math.floor(body.error.code / 1000)).toBe(response.status);
  return body.error.code;
}

describe("what is refused", () => {
  const cases: readonly (readonly [name: string, change: SampleChange, code: number])[] = [
    ["a missing key", { headers: { "Ocp-Apim-Subscription-Key": null } }, 401000],
    ["a wrong key", { headers: { "Ocp-Apim-Subscription-Key": "emulator-kez" } }, 401000],
    ["a missing region", { headers: { "Ocp-Apim-Subscription-Region": null } }, 401000],
    ["another region", { headers: { "Ocp-Apim-Subscription-Region": "undefined" } }, 401000],
    ["a bad key before everything else", { headers: { "Ocp-Apim-Subscription-Key": "" }, query: "" }, 401000],
    ["a trace id that is no GUID", { headers: { "X-ClientTraceId": "42" } }, 400043],
    ["a missing api-version", { query: "to=es" }, 400021],
    ["another api-version", { query: "api-version=2026-06-06&to=es" }, 400021],
    ["no target", query("from=en"), 400036],
    ["an empty target", query("to="), 400036],
    ["an empty target in a list", query("to=es,"), 400036],
    ["an alias as target", query("to=zh-CN"), 400036],
    ["an empty source", query("from=&to=es"), 400035],
    ["an unsupported source", query("from=xx&to=es"), 400035],
    ["an unsupported suggestedFrom", query("suggestedFrom=xx&to=es"), 400035],
    ["a misspelt parameter", query("form=en&to=es"), 400000],
    ["a key in the query", query("to=es&Subscription-Key=emulator-key"), 400000],
    ["a repeated source", query("from=en&from=de&to=es"), 400000],
    ["an unknown text type", query("to=es&textType=markdown"), 400071],
    ["an unknown profanity action", query("to=es&profanityAction=Bleep"), 400000],
    ["a custom system without fallback", query("to=es&category=mine&allowFallback=false"), 400079],
    ["an empty category", query("to=es&category="), 400002],
    ["fewer scripts than targets", query("to=ja&to=ru&toScript=Latn"), 400070],
    ["a malformed script", query("to=ja&toScript=latin"), 400004],
    ["a script the target has not", query("to=ja&toScript=Cyrl"), 400080],
    ["a source script without a source", query("to=en&fromScript=Latn"), 400018],
    ["no content type", { headers: { "Content-Type": "text/plain" } }, 415000],
    ["another charset", { headers: { "Content-Type": "application/json; charset=latin1" } }, 415000],
    ["a body that is not JSON", { body: "[{'Text':'hello'}]" }, 400074],
    ["a body that is no array", { body: { Text: "hello" } }, 400074],
    ["an empty array", { body: [] }, 400000],
    ["an element without text", { body: [{ Text: "a" }, {}] }, 400020],
    ["a text that is no string", { body: [{ Text: 1 }] }, 400020],
    ["an element with more than its text", { body: [{ Text: "a", language: "en" }] }, 400020],
    ["an element that is null", { body: [null] }, 400020],
    ["1,001 elements", { body: texts(1_001, 1) }, 400072],
    ["an element of 50,001 characters", { body: texts(1, 50_001) }, 400050],
    ["50,001 characters in all", { body: texts(3, 16_667) }, 400077],
    ["50,002 characters times targets", { ...query("to=es&to=de"), body: texts(1, 25_001) }, 400077],
    ["another path", { path: "/detect" }, 404000],
    ["another method", { method: "GET" }, 405000],
  ];
  it.each(cases)("refuses %s", async (_name, change, code) => {
    expect(await outcome(change)).toBe(code);
  });

  it("does not say what is wrong with credentials", async () => {
    const region = await createAzureEmulator().fetch(
      sampleRequest({ headers: { "Ocp-Apim-Subscription-Region": null } }),
    );
    const key = await createAzureEmulator().fetch(sampleRequest({ headers: { "Ocp-Apim-Subscription-Key": "no" } }));
    expect(await region.json()).toEqual(await key.json());
  });

  it("refuses a trace id that was sent before, in any letter case", async () => {
    const emulator = createAzureEmulator();
    const id = crypto.randomUUID();
    expect(await outcome({ headers: { "X-ClientTraceId": id.toUpperCase() } }, emulator)).toBe(200);
    expect(await outcome({ headers: { "X-ClientTraceId": id } }, emulator)).toBe(400043);
  });
});

describe("what is accepted", () => {
  const cases: readonly (readonly [name: string, change: SampleChange])[] = [
    ["the documented minimum", query("to=es")],
    ["a custom domain's path", { path: "/translator/text/v3.0/translate" }],
    ["no trace id", { headers: { "X-ClientTraceId": null } }],
    ["a charset", { headers: { "Content-Type": "application/json; charset=UTF-8" } }],
    ["a text type in any case", query("to=es&textType=HTML")],
    [
      "every option",
      query(
        "to=ja&from=en&category=general&profanityAction=Marked&profanityMarker=Tag&includeAlignment=true&includeSentenceLength=true&allowFallback=false&toScript=Latn",
      ),
    ],
    ["the property in lower case", { body: [{ text: "hello" }] }],
    ["1,000 elements", { body: texts(1_000, 1) }],
    ["an element of 50,000 characters", { body: texts(1, 50_000) }],
    ["50,000 characters times targets", { ...query("to=es&to=de"), body: texts(1, 25_000) }],
  ];
  it.each(cases)("accepts %s", async (_name, change) => {
    expect(await outcome(change)).toBe(200);
  });

  it("needs no region where the resource is global, and takes no other", async () => {
    const emulator = createAzureEmulator({ region: null });
    const region = (value: string | null) => ({ headers: { "Ocp-Apim-Subscription-Region": value } });
    expect(await outcome(region(null), emulator)).toBe(200);
    expect(await outcome(region("global"), emulator)).toBe(200);
    expect(await outcome(region("westeurope"), emulator)).toBe(401000);
  });
});
