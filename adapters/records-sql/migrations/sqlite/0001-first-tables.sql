CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL UNIQUE,
  serve_secret BLOB NOT NULL,
  previous_serve_secret BLOB,
  previous_until INTEGER,
  allowed_origins TEXT NOT NULL,
  quota_bytes INTEGER,
  used_bytes INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secret_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT REFERENCES projects (id),
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE INDEX secret_keys_by_account ON secret_keys (account_id, revoked_at);

CREATE TABLE images (
  project_id TEXT NOT NULL REFERENCES projects (id),
  key TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  frames INTEGER NOT NULL,
  has_alpha INTEGER NOT NULL CHECK (has_alpha IN (0, 1)),
  blurhash TEXT NOT NULL,
  focus_auto TEXT,
  focus_face TEXT,
  sha256 TEXT NOT NULL,
  object_id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX images_newest_first ON images (project_id, created_at DESC, key DESC);
