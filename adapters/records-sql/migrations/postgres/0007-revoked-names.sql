-- Revocations of keys whose image was deleted or renamed: tokens for them may still be out when another image gets
-- the key.
CREATE TABLE revoked_names (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  key TEXT COLLATE "C" NOT NULL,
  links_revoked_at BIGINT NOT NULL,
  links_revoked_rotations BIGINT NOT NULL,
  PRIMARY KEY (project_id, key)
);
