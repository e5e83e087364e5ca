/** The parameters of the token endpoint, as a form and as JSON alike: which fault is which OAuth error. */
import { describe, expect, it } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { randomText } from "../../src/encoding.ts";
import { newApp } from "../worker.ts";
import { errorOf, type OAuthErrorBody, startEdge } from "./edge.ts";

const edge = startEdge();
type Values = Readonly<Record<string, string>>;

const ENCODINGS = {
  form: (values: Values) => edge.form("/oauth/token", values),
  JSON: (values: Values) => edge.post("/oauth/token", values),
} as const;
const encodings = Object.entries(ENCODINGS);

/** RFC 6749 section 5.2: what `error_description` may hold. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;

/** Status, error and code of a refusal that must be one as RFC 6749 has it. */
async function refusal(response: Response): Promise<readonly (number | string)[]> {
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("Content-Type")).toBe("application/json");
  expect((await response.clone().json<OAuthErrorBody>()).error_description).toMatch(DESCRIPTION);
  return errorOf(response);
}

const without = (values: Values, name: string): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));

const INVALID_REQUEST = [400, "invalid_request"];
const INVALID_GRANT = [400, "invalid_grant"];

const appGrant = (): Values => ({ grant_type: APP_GRANT, ...newApp() });
const refreshGrant = async (): Promise<Values> => ({
  grant_type: "refresh_token",
  refresh_token: (await edge.signIn()).refresh_token,
});

describe.each(encodings)("as %s", (_, ask) => {
  it("good parameters get tokens", async () => {
    expect((await ask(appGrant())).status).toBe(200);
    expect((await ask(await refreshGrant())).status).toBe(200);
  });

  it("a parameter that is absent or empty is invalid_request", async () => {
    for (const good of [appGrant(), await refreshGrant()]) {
      for (const name of Object.keys(good)) {
        expect(await refusal(await ask(without(good, name))), `without ${name}`).toEqual(INVALID_REQUEST);
        expect(await refusal(await ask({ ...good, [name]: "" })), `empty ${name}`).toEqual(INVALID_REQUEST);
      }
      for (const name of ["device_name", "platform", "app_version"]) {
        expect(await refusal(await ask({ ...appGrant(), [name]: "" })), `empty ${name}`).toEqual(INVALID_REQUEST);
      }
      expect(await refusal(await ask({ ...(await refreshGrant()), attempt_id: "" }))).toEqual(INVALID_REQUEST);
    }
  });

  it.each([
    ["app_id", "not-a-uuid"],
    ["app_id", "0b8f4f1e-6a52-1c0d-9d6f-3f5f0f1c2a3b"],
    ["app_id", "0b8f4f1e-6a52-4c0d-7d6f-3f5f0f1c2a3b"],
    ["app_id", "{0b8f4f1e-6a52-4c0d-9d6f-3f5f0f1c2a3b}"],
    ["app_id", " 0b8f4f1e-6a52-4c0d-9d6f-3f5f0f1c2a3b"],
    ["app_secret", "A".repeat(42)],
    ["app_secret", "A".repeat(44)],
    ["app_secret", `${"A".repeat(42)}+`],
    ["app_secret", `${"A".repeat(42)}=`],
    ["app_secret", `${"A".repeat(43)}\n`],
  ])("a malformed %s (%j) is invalid_request", async (name, value) => {
    expect(await refusal(await ask({ ...appGrant(), [name]: value }))).toEqual(INVALID_REQUEST);
    const step = { ...(await refreshGrant()), ...newApp(), [name]: value };
    expect(await refusal(await ask(step))).toEqual(INVALID_REQUEST);
  });

  it("an attempt_id has 22 to 43 characters of base64url", async () => {
    for (const good of ["A".repeat(22), "_-".repeat(21), randomText(32)]) {
      expect((await ask({ ...(await refreshGrant()), attempt_id: good })).status).toBe(200);
    }
    for (const bad of ["A".repeat(21), "A".repeat(44), `${"A".repeat(22)}=`, "ä".repeat(22)]) {
      expect(await refusal(await ask({ ...(await refreshGrant()), attempt_id: bad }))).toEqual(INVALID_REQUEST);
    }
  });

  it("one of app_id and app_secret without the other is invalid_request, and consumes nothing", async () => {
    const grant = await refreshGrant();
    const { app_id, app_secret } = newApp();
    expect(await refusal(await ask({ ...grant, app_id }))).toEqual(INVALID_REQUEST);
    expect(await refusal(await ask({ ...grant, app_secret }))).toEqual(INVALID_REQUEST);
    expect((await ask(grant)).status).toBe(200);
  });

  it("a refresh token that is present and not good, of whatever form, is invalid_grant", async () => {
    for (const bad of ["x", "v1", "v1.a.b.c.d.e", " ", "\u0000", "旅", "x".repeat(5000), "v2.k.s.1.x.y", "null"]) {
      const values = { grant_type: "refresh_token", refresh_token: bad };
      expect(await refusal(await ask(values)), bad.slice(0, 20)).toEqual(INVALID_GRANT);
    }
  });

  it.each(["password", "authorization_code", "REFRESH_TOKEN", "refresh_token ", "toString", "__proto__", "旅"])(
    "the grant %j is unsupported_grant_type",
    async (grant_type) => {
      expect(await refusal(await ask({ ...appGrant(), grant_type }))).toEqual([400, "unsupported_grant_type"]);
    },
  );

  it("client_id and parameters that nobody knows are ignored", async () => {
    const ignored = { client_id: "anyone", client_secret: "", scope: "everything", resource: "x" };
    expect((await ask({ ...appGrant(), ...ignored })).status).toBe(200);
    expect((await ask({ ...(await refreshGrant()), ...ignored })).status).toBe(200);
  });

  it("a refusal never repeats what was sent", async () => {
    const marker = 'Hunter2"ü\\';
    const names = ["grant_type", "app_id", "app_secret", "device_name", "platform", "app_version", "client_id"];
    for (const name of names) {
      const response = await ask({ ...appGrant(), [name]: `${marker}\u0001`, [marker]: marker });
      expect(await response.clone().text(), name).not.toContain("Hunter2");
      if (name !== "client_id") await refusal(response);
    }
    for (const name of ["refresh_token", "attempt_id", "app_id", "app_secret"]) {
      const response = await ask({ ...(await refreshGrant()), ...newApp(), [name]: marker });
      expect(await response.clone().text(), name).not.toContain("Hunter2");
      await refusal(response);
    }
  });
});

describe("as JSON", () => {
  it.each([1, true, null, [], {}, ["x"]])("a parameter of another type (%j) is invalid_request", async (value) => {
    for (const name of ["grant_type", "app_id", "app_secret", "device_name", "platform", "app_version"]) {
      const response = await edge.post("/oauth/token", { ...appGrant(), [name]: value });
      expect(await refusal(response), name).toEqual(INVALID_REQUEST);
    }
    const refresh = await refreshGrant();
    for (const name of ["refresh_token", "attempt_id", "app_id"]) {
      const response = await edge.post("/oauth/token", { ...refresh, ...newApp(), [name]: value });
      expect(await refusal(response), name).toEqual(INVALID_REQUEST);
    }
  });

  it.each([[], null, "text", 1, [appGrant()]])("a body that is no object (%j) is invalid_request", async (body) => {
    expect(await refusal(await edge.post("/oauth/token", body))).toEqual(INVALID_REQUEST);
    expect(await refusal(await edge.post("/oauth/revoke", body))).toEqual(INVALID_REQUEST);
  });

  it("client_id is ignored whatever its type", async () => {
    for (const client_id of [1, null, [], ""]) {
      expect((await edge.post("/oauth/token", { ...appGrant(), client_id })).status).toBe(200);
    }
  });
});

describe("as a form", () => {
  const ask = (pairs: readonly (readonly [string, string])[], path = "/oauth/token") =>
    edge.request(path, { method: "POST", body: new URLSearchParams(pairs.map(([name, value]) => [name, value])) });

  it("a repeated parameter is invalid_request, whichever it is and whether its values agree", async () => {
    const good = Object.entries(appGrant());
    for (const [name, value] of [...good, ["client_id", "x"] as const]) {
      const twice = [...good.filter(([key]) => key !== name), [name, value], [name, value]] as const;
      expect(await refusal(await ask(twice)), name).toEqual(INVALID_REQUEST);
      const differing = [...twice.slice(0, -1), [name, "another"]] as const;
      expect(await refusal(await ask(differing)), name).toEqual(INVALID_REQUEST);
    }
    const { refresh_token } = await edge.signIn();
    const tokens = [["token", refresh_token] as const, ["token", "x"] as const];
    expect(await refusal(await ask(tokens, "/oauth/revoke"))).toEqual(INVALID_REQUEST);
    expect((await edge.refresh(refresh_token)).status).toBe(200);
  });

  it("a repeated parameter that nobody knows is not repeated in the refusal", async () => {
    const name = 'Hunter2"ü';
    const response = await ask([...Object.entries(appGrant()), [name, "1"], [name, "2"]]);
    expect(await response.clone().text()).not.toContain("Hunter2");
    expect(await refusal(response)).toEqual(INVALID_REQUEST);
  });
});
