-- The whole current schema, made to be read. A deployed database gets here through migrations/; a test compares the two.
-- Times are milliseconds since 1970 (UTC); days are 'YYYY-MM-DD' (UTC). Hashes are base64url.

-- One owner of vocabulary and quotas: made silently with its first device.
CREATE TABLE accounts (
  id          TEXT PRIMARY KEY,            -- opaque; `sub` in access tokens
  created_at  INTEGER NOT NULL,            -- when its first device enrolled
  blocked_at  INTEGER,                     -- set: the operator refuses it everywhere
  erased_at   INTEGER,                     -- set only within the batch that erases it, so that its statements agree
  revision    INTEGER NOT NULL DEFAULT 0,  -- of the latest change to its entries; stamps carry it
  floor       INTEGER NOT NULL DEFAULT 0,  -- tombstones up to this revision may be gone
  entry_count INTEGER NOT NULL DEFAULT 0,  -- entries that are not deleted
  entry_bytes INTEGER NOT NULL DEFAULT 0,  -- what their contents take
  email       TEXT,                        -- a sign-in name, folded; unverified
  password    TEXT,                        -- scrypt hash with its parameters; set where `email` is
  recovery_hash TEXT                       -- SHA-256 of the recovery code
);
CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL; -- signing in
CREATE INDEX accounts_by_recovery ON accounts (recovery_hash) WHERE recovery_hash IS NOT NULL; -- recovery; not unique: a refusal would tell that a code is somebody's
CREATE INDEX accounts_erased ON accounts (erased_at) WHERE erased_at IS NOT NULL; -- erasing

-- Which life of this database it is: raised by the operator after a restore, so that cursors from before are told apart.
CREATE TABLE deployment (
  id     INTEGER PRIMARY KEY CHECK (id = 1), -- the only row
  epoch  INTEGER NOT NULL                  -- 1 to 511; part of every stamp
);
INSERT INTO deployment (id, epoch) VALUES (1, 1);

-- The traveller's own entries, and the tombstones of deleted ones.
CREATE TABLE entries (
  account_id    TEXT NOT NULL,             -- whose entry it is
  id            TEXT NOT NULL,             -- made by the client
  rev           INTEGER NOT NULL,          -- the account's revision that changed it last
  deleted       INTEGER NOT NULL,          -- 1: a tombstone
  content       TEXT NOT NULL,             -- JSON object of its fields, keys in order; '{}' for a tombstone
  bytes         INTEGER NOT NULL,          -- of the content; 0 for a tombstone
  change_count  INTEGER NOT NULL,          -- what its latest change added to entry_count: 1, 0 or -1
  change_bytes  INTEGER NOT NULL,          -- what its latest change added to entry_bytes
  changed_at    INTEGER NOT NULL,          -- when it was changed last, for the purge of tombstones
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entries_by_rev ON entries (account_id, rev); -- a pull reads in this order
CREATE INDEX tombstones ON entries (account_id, rev) WHERE deleted = 1; -- the purge of tombstones, oldest first

-- The server's record of one app ID.
CREATE TABLE devices (
  id           TEXT PRIMARY KEY,           -- opaque; `client_id` in access tokens
  account_id   TEXT NOT NULL REFERENCES accounts (id), -- whose device it is
  app_id       TEXT NOT NULL UNIQUE,       -- the UUID v4 that the app made, lower case
  secret_hash  TEXT,                       -- SHA-256 of the app secret; forgotten when the device is removed
  name         TEXT,                       -- what its owner calls it
  platform     TEXT,                       -- ios, android, web, other
  app_version  TEXT,                       -- as the app said at its last sign-in
  created_at   INTEGER NOT NULL,           -- its first sign-in
  last_seen_at INTEGER NOT NULL,           -- its latest sign-in, or the latest refresh of a session that was purged
  removed_at   INTEGER,                    -- set: its owner removed it, and its app ID never signs in again
  displaced_at INTEGER,                    -- set: another device signed in under SESSION_POLICY=one; until take_over
  joined       TEXT                        -- JSON: what its joining of this account moved, and by which code (a hash) or password, for a redemption that is repeated
);
CREATE INDEX devices_by_account ON devices (account_id); -- an owner's list of devices

-- One lineage of refresh tokens on one device.
CREATE TABLE sessions (
  id                   TEXT PRIMARY KEY,   -- opaque; `sid` in access tokens
  account_id           TEXT NOT NULL REFERENCES accounts (id), -- whose session it is
  device_id            TEXT NOT NULL REFERENCES devices (id), -- the device it lives on
  generation           INTEGER NOT NULL,   -- that of the one live refresh token, from 1
  secret_hash          TEXT NOT NULL,      -- SHA-256 of the live token's secret
  previous_secret_hash TEXT,               -- SHA-256 of the secret before it, to tell a retry from a replay
  attempt_id           TEXT,               -- that of the rotation which made this generation
  rotated_at           INTEGER NOT NULL,   -- when this generation was made
  signed_in_at         INTEGER NOT NULL,   -- `auth_time` of tokens without step-up
  idle_expires_at      INTEGER NOT NULL,   -- slides with every rotation
  absolute_expires_at  INTEGER NOT NULL,   -- never moves
  revoked_at           INTEGER,            -- set: ended
  outcome              TEXT                -- what the latest refresh decided: RETURNING sees only new values
);
CREATE UNIQUE INDEX sessions_live_by_device ON sessions (device_id) WHERE revoked_at IS NULL; -- one live session a device
CREATE INDEX sessions_by_device ON sessions (device_id); -- a device's sessions; what deleting a device looks up
CREATE INDEX sessions_by_account ON sessions (account_id); -- an owner's list of sessions
CREATE INDEX sessions_by_expiry ON sessions (absolute_expires_at); -- cron's purge; not the idle expiry, which every refresh would rewrite here
CREATE INDEX sessions_by_end ON sessions (revoked_at) WHERE revoked_at IS NOT NULL; -- the revocation snapshot; cron's purge

-- Sessions whose rows are gone (erased with their account) while their access tokens live on for some minutes.
CREATE TABLE ended_sessions (
  session_id  TEXT PRIMARY KEY,            -- the id that tokens carry
  ended_at    INTEGER NOT NULL             -- when it ended
) WITHOUT ROWID;
CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at); -- the revocation snapshot; cron's purge

-- A code that lets one other device join the account: one live an account, ten minutes.
CREATE TABLE transfer_codes (
  account_id  TEXT PRIMARY KEY,            -- the account that a device joins
  code_hash   TEXT NOT NULL UNIQUE,        -- HMAC of the code: sixty bits are guessable offline
  device_id   TEXT NOT NULL,               -- the device that made it; removing that device voids the code
  created_at  INTEGER NOT NULL,            -- when it was made
  expires_at  INTEGER NOT NULL,            -- from then on it is good for nothing
  used_by     TEXT,                        -- the device that joined by it, and may repeat that
  used_at     INTEGER                      -- when it did
) WITHOUT ROWID;

-- What a join has decided: written and deleted within its one batch, so that all of its statements agree.
CREATE TABLE joins (
  session_id  TEXT PRIMARY KEY,            -- the session that it makes
  outcome     TEXT NOT NULL,               -- what it comes to
  account_id  TEXT,                        -- the account that is joined
  device_id   TEXT,                        -- the device that joins it
  left_id     TEXT,                        -- the account that the device leaves, where it leaves one
  erases      INTEGER NOT NULL,            -- 1: nobody could reach that account any more
  moves       INTEGER NOT NULL,            -- 1: its entries come along
  report      TEXT                         -- JSON: what becomes of its entries, as `devices.joined` keeps it
) WITHOUT ROWID;

-- Failures of whoever guesses, which slow him down.
CREATE TABLE failures (
  period   TEXT NOT NULL,                  -- UTC day, or UTC hour 'YYYY-MM-DDTHH'
  subject  TEXT NOT NULL,                  -- 'codes', 'code-ip:…', 'email:…', 'device:…', 'taken:…', 'taken-ip:…'; addresses and emails as keyed hashes
  count    INTEGER NOT NULL,               -- so far
  last_at  INTEGER NOT NULL,               -- the latest
  PRIMARY KEY (period, subject)
) WITHOUT ROWID;

-- How many new app IDs enrolled, by UTC day: the exact layer under the rate limits.
CREATE TABLE enrolments (
  day      TEXT NOT NULL,                  -- UTC day
  subject  TEXT NOT NULL,                  -- 'total', or 'ip:' and a keyed hash of an address prefix; no address is stored
  count    INTEGER NOT NULL,               -- enrolled so far
  PRIMARY KEY (day, subject)
) WITHOUT ROWID;

-- Characters reserved for the provider, by UTC day: no cap is ever passed.
CREATE TABLE spent (
  day         TEXT NOT NULL,               -- UTC day
  subject     TEXT NOT NULL,               -- 'total', 'account:' and its id, 'new', or 'new-ip:' and a keyed hash of a prefix
  characters  INTEGER NOT NULL,            -- reserved, and settled to what was billed where that is less
  PRIMARY KEY (day, subject)
) WITHOUT ROWID;

-- Units that were answered without the provider, by UTC day: counted in isolates and added now and then, so approximate.
CREATE TABLE hits (
  day         TEXT NOT NULL,               -- UTC day
  tier        TEXT NOT NULL,               -- memory, phrasebook, kv, azure; kv_write_failed: not kept
  units       INTEGER NOT NULL,            -- units answered by that tier
  characters  INTEGER NOT NULL,            -- what the provider would have billed for them
  PRIMARY KEY (day, tier)
) WITHOUT ROWID;

-- Facts worth an operator's look, kept 90 days.
CREATE TABLE events (
  id          INTEGER PRIMARY KEY,         -- in order of writing
  at          INTEGER NOT NULL,            -- when it was seen
  kind        TEXT NOT NULL,               -- refresh_reuse, budget_near, …
  severity    TEXT NOT NULL,               -- info, warning, alarm
  account_id  TEXT,                        -- whose account it is about, where it is about one
  session_id  TEXT,                        -- the session, where it is about one
  cause       TEXT                         -- what the operator should know beside it; never a text, token or address
);
CREATE INDEX events_by_time ON events (at); -- the console's list; cron's purge
CREATE INDEX events_by_account ON events (account_id) WHERE account_id IS NOT NULL; -- erasing an account

-- How many alerts each subject had in an hour, so that none is sent twice and an hour has at most twenty.
CREATE TABLE alerts (
  hour     TEXT NOT NULL,                  -- UTC hour, 'YYYY-MM-DDTHH'
  subject  TEXT NOT NULL,                  -- 'all', or a kind (of an alarm with its cause), a colon and an account's id
  count    INTEGER NOT NULL,               -- so far
  PRIMARY KEY (hour, subject)
) WITHOUT ROWID;

-- The built-in vocabulary that is served now: one row, switched last, so that a half-written seed is never served.
CREATE TABLE phrasebook (
  id        INTEGER PRIMARY KEY CHECK (id = 1), -- the only row
  version   TEXT NOT NULL,                 -- hash of the whole seed's content
  concepts  TEXT NOT NULL                  -- JSON array of {id, category, kind}, in display order
);

-- One language's texts of one version.
CREATE TABLE phrasebook_texts (
  version   TEXT NOT NULL,                 -- the seed that this row belongs to
  language  TEXT NOT NULL,                 -- in the provider's spelling (zh-Hans, nb)
  texts     TEXT NOT NULL,                 -- JSON object: concept id to [text, origin]
  PRIMARY KEY (version, language)
) WITHOUT ROWID;
