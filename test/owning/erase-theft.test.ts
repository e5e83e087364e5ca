/** What a thief can do with what he stole, on the routes that erase, remove and take everything along: the theft table's rows. */
import { describe, expect, test } from "vitest";
import { DAY_MS, type Edge, startEdge } from "../auth/edge.ts";
import { told } from "../control/isolates.ts";
import { secondDevice } from "../second-device.ts";
import { type AppCredentials, newApp, type Tokens } from "../worker.ts";
import { setPassword } from "./erase-world.ts";

const HOUR_MS = 3_600_000;

interface Stolen {
  readonly edge: Edge;
  readonly app: AppCredentials;
  readonly tokens: Tokens;
}

/** The access token that the thief comes by. */
const THIEVES = {
  "an access token of 301 s ago": async ({ edge, tokens }: Stolen) => {
    edge.advance(301_000);
    return tokens.access_token;
  },
  "an access token of 5 min ago, just in time": async ({ edge, tokens }: Stolen) => {
    edge.advance(300_000);
    return tokens.access_token;
  },
  "a refresh token": async ({ edge, tokens }: Stolen) => {
    edge.advance(HOUR_MS);
    return (await edge.refreshed(tokens.refresh_token)).access_token;
  },
  "a refresh token and the app ID": async ({ edge, app, tokens }: Stolen) => {
    edge.advance(HOUR_MS);
    const refused = await edge.refresh(tokens.refresh_token, { app_id: app.app_id, app_secret: newApp().app_secret });
    expect(refused.status).toBe(400);
    return (await edge.refreshed(tokens.refresh_token)).access_token;
  },
  "the app secret": async ({ edge, app }: Stolen) => {
    edge.advance(DAY_MS);
    return (await edge.signIn(app)).access_token;
  },
} as const;

const NO = "401 insufficient_user_authentication";

/** What each is told, in order: the export, a link to it, removing another device, erasing; without and with a password. */
const TABLE: Readonly<Record<keyof typeof THIEVES, { without: readonly string[]; with: readonly string[] }>> = {
  "an access token of 301 s ago": { without: [NO, NO, NO, NO], with: [NO, NO, NO, NO] },
  "an access token of 5 min ago, just in time": {
    without: ["200", "200", "204", "204"],
    with: ["200", "200", NO, NO],
  },
  "a refresh token": { without: [NO, NO, NO, NO], with: [NO, NO, NO, NO] },
  "a refresh token and the app ID": { without: [NO, NO, NO, NO], with: [NO, NO, NO, NO] },
  "the app secret": { without: ["200", "200", "204", "204"], with: ["200", "200", NO, NO] },
};

// The keys are those of THIEVES.
const rows = Object.entries(TABLE) as [keyof typeof THIEVES, (typeof TABLE)[keyof typeof THIEVES]][];

describe.each(["without", "with"] as const)("%s a password on the account", (protection) => {
  test.each(rows)("%s yields just this", async (what, yields) => {
    const edge = startEdge();
    const app = newApp();
    const tokens = await edge.signIn(app);
    const tabletApp = await secondDevice(tokens.account_id, edge.now());
    const tablet = await edge.signIn(tabletApp);
    if (protection === "with") await setPassword(tokens.account_id);
    const token = await THIEVES[what]({ edge, app, tokens });
    const headers = { Authorization: `Bearer ${token}` };
    const tried = [
      await told(edge.get("/v1/account/export", token)),
      await told(edge.post("/v1/links", { path: "/v1/account/export" }, token)),
      await told(edge.request(`/v1/devices/${tablet.device_id}`, { method: "DELETE", headers })),
      await told(edge.request("/v1/account", { method: "DELETE", headers })),
    ];
    expect(tried).toEqual(yields[protection]);
    // Where nothing was removed or erased, the owner's other device is as good as before.
    if (tried[2] === NO) expect((await edge.signIn(tabletApp)).account_id).toBe(tokens.account_id);
  });
});

test("the owner ends what a stolen app secret yields by removing that device from another", async () => {
  const edge = startEdge();
  const app = newApp();
  const { account_id, device_id } = await edge.signIn(app);
  const tablet = await edge.signIn(await secondDevice(account_id, edge.now()));
  const thief = await edge.signIn(app);
  const headers = { Authorization: `Bearer ${tablet.access_token}` };
  expect(await told(edge.request(`/v1/devices/${device_id}`, { method: "DELETE", headers }))).toBe("204");
  expect(await told(edge.appGrant(app))).toBe("400 invalid_grant device_removed");
  expect(await told(edge.refresh(thief.refresh_token))).toBe("400 invalid_grant");
  const eraseBy = { method: "DELETE", headers: { Authorization: `Bearer ${thief.access_token}` } };
  expect(await told(edge.request("/v1/account", eraseBy))).toBe("401 invalid_token");
});
