/** The Worker that the adapters are tested against, as `npm run dev` serves it, and a network that can be cut. */
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");

/** Serves on a free port with an empty database, until `stop`. `folder` holds the database. */
export async function startEdge() {
  const folder = mkdtempSync(join(tmpdir(), "pidging-clients-"));
  const args = ["scripts/dev.ts", "--port", "0", "--persist-to", folder, "--var", "RATE_LIMITS:off"];
  const server = spawn(process.execPath, args, { cwd: PROJECT, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece) => {
      said += piece;
      const address = /Serving on (http:\S+?),/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    ended.then(() => reject(new Error(`It does not serve: ${said}`)));
  });
  return {
    url,
    folder,
    async stop() {
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Signs a new app in, which makes an account. Gives its access token. The cursors of two accounts are told apart by the
 * first two characters of their ids: `unlike` is an access token of one that it must not share them with.
 */
export async function signIn(url, unlike) {
  const response = await fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      grant_type: "urn:pidging:oauth:grant-type:app",
      app_id: randomUUID(),
      app_secret: randomBytes(32).toString("base64url"),
    }),
  });
  if (!response.ok) throw new Error(`Sign-in failed: ${await response.text()}`);
  const { access_token: token } = await response.json();
  return unlike !== undefined && tagOf(token) === tagOf(unlike) ? signIn(url, unlike) : token;
}

const tagOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString()).sub.slice(0, 2);

/**
 * A `fetch` whose next requests are lost on the way out (`request`) or whose answers are lost on the way back
 * (`answer`), as `cuts` says for each method in turn; a function there is run before the request goes out. `lost`
 * counts what was.
 */
export function network() {
  const cuts = { GET: [], POST: [] };
  const lost = { request: 0, answer: 0 };
  async function send(url, init) {
    const cut = cuts[init.method].shift();
    if (typeof cut === "function") await cut();
    else if (cut !== undefined) lost[cut] += 1;
    if (cut === "request") throw new TypeError("The request is lost");
    const response = await fetch(url, init);
    if (cut !== "answer") return response;
    await response.arrayBuffer();
    throw new TypeError("The answer is lost");
  }
  return { fetch: send, cuts, lost };
}
