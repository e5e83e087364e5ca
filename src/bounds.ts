/**
 * Every limit in code, with its unit and reason: what the Worker can ever hold, wait for or do at once.
 * Limits that an operator sets are in `config.ts`.
 */

// Requests
/** Bytes: a token request holds at most a refresh token, an app ID and secret and a device's name. */
export const TOKEN_BODY_BYTES = 8 * 1024;
/** Bytes: a device's name, in any encoding. */
export const DEVICE_BODY_BYTES = 1024;
/** Bytes: 10,000 characters, each written as a JSON escape of six bytes, and room for the rest. */
export const TRANSLATE_BODY_BYTES = 128 * 1024;
/** Characters: a plain request id of the caller's is taken over up to this length. */
export const REQUEST_ID_CHARACTERS = 64;

// Access tokens
/** Bytes: ours have about 700; a longer one is refused unread. */
export const ACCESS_TOKEN_BYTES = 2048;
/** Tokens: verified ones kept in an isolate, about 5 MB when full. */
export const VERIFIED_TOKENS = 5000;
/** Seconds: clocks of two machines that both have the time. */
export const CLOCK_LEEWAY_SECONDS = 5;
/** Seconds: how long a client may keep the public keys; a rotation waits as long. */
export const JWKS_MAX_AGE_SECONDS = 600;

// Refresh tokens
/** Milliseconds: within it, the token before the live one is a racing twin and gets the same successor. */
export const CONCURRENT_REFRESH_MS = 30_000;
/** Milliseconds: within it, a token two or more generations old is a delayed duplicate, not a theft. */
export const STALE_REFRESH_MS = 120_000;

// Storage
/** Milliseconds: a D1 that is silent for longer is answered with 503. */
export const D1_WAIT_MS = 5000;
/** Milliseconds: a KV read that takes longer counts as a miss. */
export const KV_WAIT_MS = 500;
/** Seconds: how long KV's own edge cache may answer for a key. */
export const KV_CACHE_TTL_SECONDS = 60;
/** Keys: KV's own bound for a bulk read. */
export const KV_KEYS_PER_READ = 100;
/** Writes: KV puts in the background of one request. */
export const KV_PUTS_PER_REQUEST = 200;
/** Milliseconds: how long an answer waits for its quota to be settled before that goes on in the background. */
export const SETTLE_WAIT_MS = 500;
/** Seconds that a client is asked to wait when storage does not answer. */
export const STORAGE_RETRY_SECONDS = 5;

/** Seconds that a new app is asked to wait while enrolment is paused. */
export const PAUSED_RETRY_SECONDS = 3600;

// Translation requests
/** Texts times targets of one request. */
export const UNITS_PER_REQUEST = 100;
/** Targets of one request. */
export const TARGETS_PER_REQUEST = 10;
/** Characters (UTF-16) of all texts of one request. */
export const CHARACTERS_PER_REQUEST = 10_000;
/** Bytes: translations kept in an isolate, whose whole memory is 128 MB. */
export const MEMORY_CACHE_BYTES = 8 * 1024 * 1024;
/** Milliseconds: a translation kept in memory is looked up again after an hour, so that corrections arrive. */
export const MEMORY_CACHE_TTL_MS = 3_600_000;
/** Keys: KV bills each, so an account may look up this many a minute in an isolate. */
export const KV_LOOKUPS_PER_MINUTE = 1000;
/** Accounts whose look-ups an isolate counts at once. */
export const KV_LOOKUP_ACCOUNTS = 5000;
/** Locales for which the list of languages is kept rendered. */
export const LANGUAGE_LISTS = 32;
/** Seconds: the list of languages changes with a deployment only. */
export const LANGUAGES_MAX_AGE_SECONDS = 86_400;

// Phrasebook
/** Parsed languages kept in an isolate. A language is about 200 KB parsed, and a traveller needs two or three. */
export const PHRASEBOOK_LANGUAGES_KEPT = 32;
/** Longest text in the phrasebook, in UTF-16 units: a longer one is not even folded. The seed's build enforces it. */
export const PHRASEBOOK_TEXT_UNITS = 200;
/** How long a request waits for a language's first read: the tiers behind the phrasebook answer as well. */
export const PHRASEBOOK_WAIT_MS = 500;
/** After a failed or hung read nobody waits, and nothing is read, for so long: D1 is left to recover. */
export const PHRASEBOOK_BACKOFF_MS = 10_000;
/** A running isolate notices a new seed after so long at most. */
export const PHRASEBOOK_VERSION_CHECK_MS = 600_000;
/** Rounds of reads for one answer: a second one where a new seed arrives in between, more only if seeding never ends. */
export const PHRASEBOOK_READ_ROUNDS = 3;
/** Pairs of languages whose rendered pack is kept in an isolate, up to 400 KB each. */
export const PHRASEBOOK_PACKS_KEPT = 16;
/** Pairs of languages whose folded texts are kept for searching in an isolate, about 200 KB each. */
export const PHRASEBOOK_SEARCHES_KEPT = 16;
/** UTF-16 units of what is searched for: longer than anybody types. */
export const PHRASEBOOK_QUERY_UNITS = 100;
/** Concepts on one page of the phrasebook, unless the caller says. */
export const PHRASEBOOK_PAGE_CONCEPTS = 50;
/** Concepts on one page of the phrasebook at most: whoever wants all takes the pack. */
export const PHRASEBOOK_PAGE_CONCEPTS_MOST = 200;
/** Bytes of a page token: it repeats what was asked. */
export const PHRASEBOOK_PAGE_TOKEN_BYTES = 2048;
/** Seconds: an app that carries the phrasebook asks again after a day. */
export const PHRASEBOOK_MAX_AGE_SECONDS = 86_400;

// The provider
/** Elements: the provider's bound for one call. */
export const PROVIDER_ELEMENTS = 1000;
/** Characters times targets: the provider's bound for one call. */
export const PROVIDER_CHARACTERS = 50_000;
/** Calls of one request at once. */
export const PROVIDER_CALLS_AT_ONCE = 4;
/** Milliseconds: one attempt. */
export const PROVIDER_ATTEMPT_MS = 8000;
/** Milliseconds: all attempts of one request together. */
export const PROVIDER_TOTAL_MS = 15_000;
/** Attempts: the first and two more, after 429 and 5xx only. */
export const PROVIDER_ATTEMPTS = 3;
/** Milliseconds: the upper end of the first wait between attempts; it doubles, and is drawn from zero (full jitter). */
export const PROVIDER_BACKOFF_MS = 400;
/** Bytes: an answer of 50,000 characters in any script with its surroundings stays well below. */
export const PROVIDER_ANSWER_BYTES = 2 * 1024 * 1024;
/** Seconds that a client is asked to wait when the provider is busy or failing. */
export const PROVIDER_RETRY_SECONDS = 10;

// Rate limits: the bindings' own figures (`wrangler.toml`), which they do not tell
/** Requests a period for what proves nothing yet. */
export const ANONYMOUS_LIMIT = 100;
/** Requests a period for a known account or session. */
export const CALLER_LIMIT = 120;
/** Seconds. */
export const RATE_LIMIT_PERIOD_SECONDS = 60;

// Events and alerts
/** Events that are told once an isolate, remembered. */
export const EVENTS_REMEMBERED = 5000;
/** Alerts an hour; the rest are summed in one. */
export const ALERTS_PER_HOUR = 20;
/** Milliseconds: one try to deliver an alert. */
export const ALERT_WAIT_MS = 5000;
/** Tries to deliver an alert. */
export const ALERT_TRIES = 2;

// The revocation snapshot
/** Seconds beyond the access TTL that an ended session is remembered: clocks, and tokens in flight. */
export const REVOCATION_MARGIN_SECONDS = 120;
/** Milliseconds: a snapshot this old is read again in the background. */
export const SNAPSHOT_FRESH_MS = 15_000;
/** Milliseconds: a snapshot this old is waited for, so a sign-out is in force everywhere within this time. */
export const SNAPSHOT_STALE_MS = 60_000;
/** Milliseconds: how long an answer waits for the snapshot's read. */
export const SNAPSHOT_WAIT_MS = 250;
/** Milliseconds: after a read that failed or hung nobody waits for so long. */
export const SNAPSHOT_BACKOFF_MS = 10_000;
/** Milliseconds that a read overlaps the one before it, for rows written with a clock that was behind. */
export const SNAPSHOT_OVERLAP_MS = 30_000;

/** Ended sessions that an isolate knows, about 10 MB when full; the latest where there are more. */
export const ENDED_SESSIONS_KNOWN = 100_000;

// Step-up
/** Seconds since the app last proved its secret, for sensitive routes. */
export const STEP_UP_MAX_AGE_SECONDS = 300;

// Devices, codes and passwords
/** Devices of an account that are not removed. */
export const DEVICES_PER_ACCOUNT = 20;
/** Milliseconds that a transfer code is good. */
export const TRANSFER_CODE_MS = 600_000;
/** Failed codes of an address prefix in a UTC day. */
export const CODE_FAILURES_PER_IP = 20;
/** Failed codes in all, in a UTC day, at which the operator is told. */
export const CODE_FAILURES_ALERT = 100;
/**
 * scrypt's cost (RFC 7914): 2^`log2N` blocks of `r` times 128 bytes of memory, gone through `p` times. 32 MiB for a fifth of a
 * second of CPU: the one of OWASP's equally strong five that leaves a Worker room.
 */
export const PASSWORD_COST = { log2N: 15, r: 8, p: 3 } as const;
/** Bytes of a request with an email and a password, each character escaped. */
export const EMAIL_BODY_BYTES = 8 * 1024;
/** Bytes of a request with a recovery code. */
export const RECOVERY_BODY_BYTES = 1024;

/** Code points of a password: NIST SP 800-63B asks for eight at least, and for room to spare. */
export const PASSWORD_CHARACTERS = { least: 8, most: 128 } as const;
/** UTF-16 units of an email address, as RFC 5321 bounds a path. */
export const EMAIL_UNITS = 254;
/** Hashings of an isolate at once, those that wait included: each takes 32 MiB of its 128, and holds all else up meanwhile. */
export const HASHINGS_AT_ONCE = 2;
/** Milliseconds after which a hashing is taken for lost: its request may have gone away. */
export const HASHING_MS = 10_000;
/** Seconds that a client is asked to wait when there is no room for its hashing. */
export const HASHING_RETRY_SECONDS = 2;
/** Seconds that the next try of an email from an address waits at most; the wait doubles from one second. */
export const SIGN_IN_DELAY_SECONDS = 60;
/** Failed passwords of a known device in a UTC hour. */
export const DEVICE_PASSWORD_FAILURES = 10;
/** Failures before a refusal of the next try is told to the operator: a double tap is none of his business. */
export const SIGN_IN_FAILURES_TOLD = 5;
/** Answers in a UTC day, to an account or an address, that an email is taken. */
export const EMAILS_TAKEN = 5;

// Joining requests for one unit, and the circuit
/** Milliseconds that a request waits for another's answer to the same unit before it fetches for itself. */
export const JOIN_WAIT_MS = 10_000;
/** Milliseconds after which a unit that is still being fetched is taken for lost: all waits of a request together. */
export const FLIGHT_MS = 25_000;
/** Times that a request joins again after a leader that could not answer, before it goes alone. */
export const JOIN_ROUNDS = 3;
/** Failures in a row that open the circuit. */
export const CIRCUIT_FAILURES = 5;
/** Milliseconds that an open circuit fails misses at once, before one probe. */
export const CIRCUIT_OPEN_MS = 10_000;

// Hit counters
/** Milliseconds between two flushes. */
export const HITS_FLUSH_MS = 10_000;
/** Hits that are flushed sooner. */
export const HITS_FLUSH_UNITS = 500;

// Quota alerts
/** Part of the day's budget at which the operator is told. */
export const BUDGET_NEAR = 0.8;
/** Part of the day's enrolments at which the operator is told. */
export const ENROLMENTS_NEAR = 0.5;
/** Part of `DATABASE_LIMIT_MB` at which the operator is told. */
export const DATABASE_NEAR = 0.7;
/** Milliseconds that an account is new. */
export const NEW_ACCOUNT_MS = 86_400_000;
/** Days that `GET /v1/usage` tells. */
export const USAGE_DAYS = 30;

// The traveller's vocabulary
/** Bytes of a push. */
export const PUSH_BODY_BYTES = 1024 * 1024;
/** Bytes of one entry's body, each of its bytes escaped. */
export const ENTRY_BODY_BYTES = 32 * 1024;
/** Changes of a push. */
export const CHANGES_PER_PUSH = 500;
/** Items of a page. */
export const ITEMS_PER_PAGE = 500;
/** Items of a page where the client does not say. */
export const ITEMS_PER_PAGE_DEFAULT = 200;
/** Bytes of an entry's content. */
export const ENTRY_BYTES = 4096;
/** Entries of an account. */
export const ENTRIES_PER_ACCOUNT = 10_000;
/** Bytes of all contents of an account. */
export const ENTRY_BYTES_PER_ACCOUNT = 4 * 1024 * 1024;
/** Bytes of a file to import. */
export const IMPORT_BODY_BYTES = 2 * 1024 * 1024;
/** Entries of a file to import. */
export const IMPORT_ENTRIES = 5000;
/** Bytes of changes that one statement of an import takes: D1 takes strings of 2 MB. */
export const IMPORT_CHUNK_BYTES = 1_000_000;
/** Faults of a file that are told at once. */
export const FAULTS_PER_FILE = 20;
/** Entries that an export reads at a time. */
export const EXPORT_PAGE = 1000;
/** Seconds that a signed link is good. */
export const LINK_SECONDS = 300;
/** Bytes of a request for a link. */
export const LINK_BODY_BYTES = 4096;
/** Levels of objects and arrays in a field: SQLite reads 1,000, and one field past that would fail a whole push. */
export const FIELD_LEVELS = 32;
/** Tags of an entry. */
export const TAGS_PER_ENTRY = 50;
/** Milliseconds that a page token is good. */
export const PAGE_TOKEN_MS = 86_400_000;
/** Days that a tombstone is kept. */
export const TOMBSTONE_DAYS = 180;
/** Tombstones of an account. */
export const TOMBSTONES_PER_ACCOUNT = 20_000;

// Keeping
/** Days that events are kept. */
export const EVENT_DAYS = 90;
/** Days that the count of alerts is kept. */
export const ALERT_DAYS = 2;
/** Days that `spent` is kept by account and in total. */
export const SPENT_DAYS = 31;
/** Days that rows with an address's hash are kept. */
export const ADDRESS_DAYS = 2;
/** Days that an ended session is kept, so that its late refreshes and a repeated sign-out are told so. */
export const ENDED_SESSION_DAYS = 7;
/** Rows that one purge statement deletes at most. */
export const PURGE_ROWS = 1000;
/** Accounts whose tombstones one run of cron purges. */
export const PURGE_ACCOUNTS = 100;
/** Batches of purges in one run of cron. */
export const PURGE_ROUNDS = 20;
