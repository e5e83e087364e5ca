/**
 * The two requests of the sync contract, over any `fetch`: what every adapter here stands on. It repeats nothing and
 * keeps nothing; a lost request or answer is the library's to try again. A token that ends is its caller's to renew.
 */

/** What an answer other than 2xx throws: the problem's `code`, and `reason` where the cursor cannot be continued. */
export class SyncRefused extends Error {
  constructor({ code, reason }) {
    super(code);
    this.code = code;
    this.reason = reason;
  }
}

/** The contract at one address, for one signed-in device. `token` gives an access token that works. */
export function vocabularyAt({ url, token, fetch }) {
  async function ask(query, body) {
    const response = await fetch(`${url}/v1/vocabulary/sync${query}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${await token()}`, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new SyncRefused(answer);
    return answer;
  }

  /** One page: `{items, more, page | cursor}`. */
  const pull = ({ since = 0, page }, limit = 500) =>
    ask(`?${new URLSearchParams({ since, limit, ...(page === undefined ? {} : { page }) })}`);

  /** All pages after `since`: `{items, cursor}`. */
  async function pullAll(since) {
    const items = [];
    for (let answer = await pull({ since }); ; answer = await pull({ since, page: answer.page })) {
      items.push(...answer.items);
      if (!answer.more) return { items, cursor: answer.cursor };
    }
  }

  /** What became of each change, in their order; as many requests as they need. */
  async function push(changes, since) {
    const results = [];
    for (let at = 0; at < changes.length; at += 200)
      results.push(...(await ask("", { since, changes: changes.slice(at, at + 200) })).results);
    return results;
  }

  return { pull, pullAll, push };
}
