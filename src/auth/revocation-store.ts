/** The sessions that ended lately: what the snapshot reads. Both parts are index ranges; the primary answers. */
import { ENDED_SESSIONS_KNOWN } from "../bounds.ts";
import { ask } from "../storage.ts";
import type { SessionId } from "./ids.ts";

/** A session and when it ended (milliseconds). */
export interface EndedSession {
  readonly id: SessionId;
  readonly endedAt: number;
}

const ENDED_SINCE = `
SELECT id, revoked_at AS endedAt FROM sessions WHERE revoked_at >= ?1
UNION ALL SELECT session_id, ended_at FROM ended_sessions WHERE ended_at >= ?1
ORDER BY 2 DESC LIMIT ?2`;

/** The sessions that ended at `since` or later, the latest first, at most `ENDED_SESSIONS_KNOWN`. */
export async function readEndedSince(db: D1Database, since: number): Promise<readonly EndedSession[]> {
  const { results } = await ask(db.prepare(ENDED_SINCE).bind(since, ENDED_SESSIONS_KNOWN).all<EndedSession>());
  return results;
}
