-- Secrets of authenticator apps, which are encrypted. One that is not enabled has no effect.
CREATE TABLE second_factors (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  secret BYTEA NOT NULL,
  prepared_at BIGINT NOT NULL,
  enabled_at BIGINT,
  -- Time step of the last accepted code: no code works twice.
  last_step BIGINT NOT NULL,
  -- Attempts since the last right code.
  attempts BIGINT NOT NULL
);

-- Backup codes that were not used, as SHA-256.
CREATE TABLE backup_codes (
  second_factor_id TEXT COLLATE "C" NOT NULL REFERENCES second_factors (id) ON DELETE CASCADE,
  code_hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (second_factor_id, code_hash)
);
