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
  rotated_at INTEGER,
  allowed_origins TEXT NOT NULL,
  quota_bytes INTEGER,
  used_bytes INTEGER NOT NULL DEFAULT 0,
  image_count INTEGER NOT NULL DEFAULT 0,
  deleting_since INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX projects_by_account ON projects (account_id, created_at, id);

CREATE TABLE secret_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT REFERENCES projects (id),
  name TEXT NOT NULL,
  internal INTEGER NOT NULL CHECK (internal IN (0, 1)),
  secret BLOB NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE INDEX secret_keys_by_account ON secret_keys (account_id, revoked_at);
CREATE INDEX secret_keys_by_project ON secret_keys (project_id);

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
  links_revoked_at INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;

-- Each has all that finding one page of a list needs.
CREATE INDEX images_newest_first ON images (project_id, created_at DESC, key DESC);
CREATE INDEX images_by_visibility ON images (project_id, visibility, created_at DESC, key DESC);
CREATE INDEX images_by_sha256 ON images (project_id, sha256, created_at DESC, key DESC);

-- What changed last in rows of `images`, for whoever keeps some in memory. Without a key: in all of them.
CREATE TABLE image_changes (
  seq INTEGER PRIMARY KEY,
  project TEXT,
  key TEXT
) STRICT;

CREATE TRIGGER images_updated AFTER UPDATE ON images BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.key);
END;

CREATE TRIGGER images_deleted AFTER DELETE ON images BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.key);
END;

-- Not what every upload changes.
CREATE TRIGGER projects_updated AFTER UPDATE OF
  id, name, serve_secret, previous_serve_secret, previous_until, deleting_since ON projects BEGIN
  INSERT INTO image_changes (project) VALUES (OLD.name);
END;

CREATE TRIGGER image_changes_bounded AFTER INSERT ON image_changes BEGIN
  DELETE FROM image_changes WHERE seq <= NEW.seq - 1000;
END;

-- Outlives its project.
CREATE TABLE deletions (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT NOT NULL,
  project_name TEXT NOT NULL,
  images INTEGER NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;

CREATE INDEX deletions_by_account ON deletions (account_id, started_at DESC);
CREATE INDEX deletions_open ON deletions (started_at) WHERE finished_at IS NULL;

CREATE TABLE cli_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;

CREATE INDEX cli_tokens_by_user ON cli_tokens (user_id, created_at DESC);

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('setup', 'invitation')),
  account_id TEXT REFERENCES accounts (id),
  invited_by TEXT REFERENCES accounts (id),
  email TEXT,
  token_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE INDEX invitations_by_account ON invitations (invited_by, created_at DESC);

-- Outlives the projects that it tells of.
CREATE TABLE audit_log (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT,
  project_name TEXT,
  at INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  details TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;

CREATE INDEX audit_log_by_account ON audit_log (account_id, at DESC, seq DESC);
CREATE INDEX audit_log_by_project ON audit_log (project_id, at DESC, seq DESC);

CREATE TABLE usage_hours (
  project_id TEXT NOT NULL REFERENCES projects (id),
  hour INTEGER NOT NULL,
  uploads INTEGER NOT NULL,
  uploaded_bytes INTEGER NOT NULL,
  deletes INTEGER NOT NULL,
  reads_ok INTEGER NOT NULL,
  reads_not_modified INTEGER NOT NULL,
  reads_refused_missing INTEGER NOT NULL,
  reads_refused_expired INTEGER NOT NULL,
  reads_refused_other INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  encode_milliseconds INTEGER NOT NULL,
  cache_hits INTEGER NOT NULL,
  cache_misses INTEGER NOT NULL,
  cache_bypasses INTEGER NOT NULL,
  previous_secret_reads INTEGER NOT NULL,
  previous_secret_last_at INTEGER,
  stored_bytes INTEGER NOT NULL,
  stored_images INTEGER NOT NULL,
  PRIMARY KEY (project_id, hour)
) STRICT, WITHOUT ROWID;
