-- Codes, email sign-in, joining and erasing.
ALTER TABLE accounts ADD COLUMN erased_at INTEGER;
ALTER TABLE accounts ADD COLUMN email TEXT;
ALTER TABLE accounts ADD COLUMN password TEXT;
ALTER TABLE accounts ADD COLUMN recovery_hash TEXT;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;
CREATE INDEX accounts_by_recovery ON accounts (recovery_hash) WHERE recovery_hash IS NOT NULL;
CREATE INDEX accounts_erased ON accounts (erased_at) WHERE erased_at IS NOT NULL;
ALTER TABLE devices ADD COLUMN joined TEXT;
CREATE INDEX sessions_by_device ON sessions (device_id);

CREATE TABLE transfer_codes (
  account_id  TEXT PRIMARY KEY,
  code_hash   TEXT NOT NULL UNIQUE,
  device_id   TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  used_by     TEXT,
  used_at     INTEGER
) WITHOUT ROWID;

CREATE TABLE joins (
  session_id  TEXT PRIMARY KEY,
  outcome     TEXT NOT NULL,
  account_id  TEXT,
  device_id   TEXT,
  left_id     TEXT,
  erases      INTEGER NOT NULL,
  moves       INTEGER NOT NULL,
  report      TEXT
) WITHOUT ROWID;

CREATE TABLE failures (
  period   TEXT NOT NULL,
  subject  TEXT NOT NULL,
  count    INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (period, subject)
) WITHOUT ROWID;
