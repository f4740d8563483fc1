-- Revocations of keys whose image was deleted or renamed: tokens for them may still be out when another image gets
-- the key.
CREATE TABLE revoked_names (
  project_id TEXT NOT NULL REFERENCES projects (id),
  key TEXT NOT NULL,
  links_revoked_at INTEGER NOT NULL,
  links_revoked_rotations INTEGER NOT NULL,
  PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;
