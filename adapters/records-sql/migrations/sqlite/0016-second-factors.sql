-- Secrets of authenticator apps, which are encrypted. One that is not enabled has no effect.
CREATE TABLE second_factors (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  secret BLOB NOT NULL,
  prepared_at INTEGER NOT NULL,
  enabled_at INTEGER,
  -- Time step of the last accepted code: no code works twice.
  last_step INTEGER NOT NULL,
  -- Attempts since the last right code.
  attempts INTEGER NOT NULL
) STRICT;

-- Backup codes that were not used, as SHA-256.
CREATE TABLE backup_codes (
  second_factor_id TEXT NOT NULL REFERENCES second_factors (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  PRIMARY KEY (second_factor_id, code_hash)
) STRICT, WITHOUT ROWID;
