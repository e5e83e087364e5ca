/**
 * Every limit of the reference client, with its unit and reason. An app that ports the client should start from these.
 */

/** An access token this close to its end is refreshed first, so that it does not expire on the way. */
export const REFRESH_EARLY_MS = 60_000;

/** One try at the token endpoint; the server itself gives up on its database after 5 s. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** One try at the API; the server gives a translation 15 s in all. */
export const API_TIMEOUT_MS = 20_000;

/** Tries of one exchange: enough for a tunnel or a restarting server, few enough for somebody who is waiting. */
export const MAX_TRIES = 4;

/** The first wait between two tries; it doubles each time. */
export const FIRST_WAIT_MS = 300;

/** All waits of one exchange together: a server that asks for more is taken at its word, and the caller is told. */
export const MAX_WAIT_MS = 20_000;

/**
 * Exchanges in one renewal. Three are the longest honest way (refresh refused, app ID refused, new app ID enrolled); the
 * rest are for what another process changes in between.
 */
export const MAX_RENEWAL_STEPS = 6;

/** How often the traveller is asked for a password that turns out wrong. */
export const MAX_PROOF_TRIES = 3;

/** How often a waiting device looks whether its transfer code was used. */
export const TRANSFER_POLL_MS = 2_000;

/** How often a waiting process looks at the lock. */
export const LOCK_POLL_MS = 40;

/** How often the holder of the lock shows that it is alive. */
export const LOCK_HEARTBEAT_MS = 2_000;

/** A lock without a sign of life for so long is taken over: its holder was stopped, or died on another machine. */
export const LOCK_STALE_MS = 10_000;

/** How long a process waits for the lock: longer than one exchange with all its tries. */
export const LOCK_WAIT_MS = 70_000;

/** As many items as the server gives at once. */
export const ITEMS_PER_PULL = 500;

/** Changes of at most 4 KiB each: together they fit into the 1 MiB that the server takes. */
export const CHANGES_PER_PUSH = 200;

/** Listings that one sync begins: a cursor that is refused, a page that is, and one more. */
export const MAX_LISTINGS = 3;

/** Pushes of one sync: a full account of 10,000 entries, and as many again after conflicts. */
export const MAX_PUSHES = 100;

/** Ids of deleted entries that a device remembers: as many as the server keeps tombstones. */
export const MAX_GONE = 20_000;
