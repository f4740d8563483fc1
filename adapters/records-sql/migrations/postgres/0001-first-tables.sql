-- Texts are compared and sorted by their bytes, as SQLite does: pages and names come in one order on
-- both, whatever the locale of the database. Flags are numbers for the same reason: one code reads both.
CREATE TABLE accounts (
  id TEXT COLLATE "C" PRIMARY KEY,
  created_at BIGINT NOT NULL
);

CREATE TABLE projects (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  serve_secret BYTEA NOT NULL,
  previous_serve_secret BYTEA,
  previous_until BIGINT,
  rotated_at BIGINT,
  allowed_origins TEXT COLLATE "C" NOT NULL,
  quota_bytes BIGINT,
  used_bytes BIGINT NOT NULL DEFAULT 0,
  image_count BIGINT NOT NULL DEFAULT 0,
  deleting_since BIGINT,
  created_at BIGINT NOT NULL
);

CREATE INDEX projects_by_account ON projects (account_id, created_at, id);

CREATE TABLE secret_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  project_id TEXT COLLATE "C" REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  internal SMALLINT NOT NULL CHECK (internal IN (0, 1)),
  secret BYTEA NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  last_four TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);

CREATE INDEX secret_keys_by_account ON secret_keys (account_id, revoked_at);
CREATE INDEX secret_keys_by_project ON secret_keys (project_id);

CREATE TABLE images (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  key TEXT COLLATE "C" NOT NULL,
  visibility TEXT COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'private')),
  type TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  frames BIGINT NOT NULL,
  has_alpha SMALLINT NOT NULL CHECK (has_alpha IN (0, 1)),
  blurhash TEXT COLLATE "C" NOT NULL,
  focus_auto TEXT COLLATE "C",
  focus_face TEXT COLLATE "C",
  sha256 TEXT COLLATE "C" NOT NULL,
  object_id TEXT COLLATE "C" NOT NULL UNIQUE,
  links_revoked_at BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, key)
);

-- Each has all that finding one page of a list needs.
CREATE INDEX images_newest_first ON images (project_id, created_at DESC, key DESC);
CREATE INDEX images_by_visibility ON images (project_id, visibility, created_at DESC, key DESC);
CREATE INDEX images_by_sha256 ON images (project_id, sha256, created_at DESC, key DESC);

-- Outlives its project.
CREATE TABLE deletions (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  project_id TEXT COLLATE "C" NOT NULL,
  project_name TEXT COLLATE "C" NOT NULL,
  images BIGINT NOT NULL,
  removed BIGINT NOT NULL DEFAULT 0,
  started_at BIGINT NOT NULL,
  finished_at BIGINT
);

CREATE INDEX deletions_by_account ON deletions (account_id, started_at DESC);
CREATE INDEX deletions_open ON deletions (started_at) WHERE finished_at IS NULL;

CREATE TABLE cli_tokens (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  last_four TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);

CREATE INDEX cli_tokens_by_user ON cli_tokens (user_id, created_at DESC);

CREATE TABLE invitations (
  id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('setup', 'invitation')),
  account_id TEXT COLLATE "C" REFERENCES accounts (id),
  invited_by TEXT COLLATE "C" REFERENCES accounts (id),
  email TEXT COLLATE "C",
  token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE INDEX invitations_by_account ON invitations (invited_by, created_at DESC);

-- Outlives the projects that it tells of.
CREATE TABLE audit_log (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  project_id TEXT COLLATE "C",
  project_name TEXT COLLATE "C",
  at BIGINT NOT NULL,
  actor_kind TEXT COLLATE "C" NOT NULL,
  actor_name TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  target TEXT COLLATE "C",
  details TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL
);

CREATE INDEX audit_log_by_account ON audit_log (account_id, at DESC, seq DESC);
CREATE INDEX audit_log_by_project ON audit_log (project_id, at DESC, seq DESC);

CREATE TABLE usage_hours (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  hour BIGINT NOT NULL,
  uploads BIGINT NOT NULL,
  uploaded_bytes BIGINT NOT NULL,
  deletes BIGINT NOT NULL,
  reads_ok BIGINT NOT NULL,
  reads_not_modified BIGINT NOT NULL,
  reads_refused_missing BIGINT NOT NULL,
  reads_refused_expired BIGINT NOT NULL,
  reads_refused_other BIGINT NOT NULL,
  sent_bytes BIGINT NOT NULL,
  encode_milliseconds BIGINT NOT NULL,
  cache_hits BIGINT NOT NULL,
  cache_misses BIGINT NOT NULL,
  cache_bypasses BIGINT NOT NULL,
  previous_secret_reads BIGINT NOT NULL,
  previous_secret_last_at BIGINT,
  stored_bytes BIGINT NOT NULL,
  stored_images BIGINT NOT NULL,
  PRIMARY KEY (project_id, hour)
);
