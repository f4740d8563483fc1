-- Recipients whose tokens are revoked.
CREATE TABLE revoked_recipients (
  project_id TEXT NOT NULL REFERENCES projects (id),
  sub TEXT NOT NULL,
  revoked_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, sub)
) STRICT, WITHOUT ROWID;

-- Whoever keeps revocations in memory learns of their changes as of those of images. A recipient and an image with one
-- name are read again together.
CREATE TRIGGER revoked_recipients_updated AFTER UPDATE ON revoked_recipients BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.sub);
END;

CREATE TRIGGER revoked_recipients_deleted AFTER DELETE ON revoked_recipients BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.sub);
END;

-- Reads by recipient and day. An empty `sub` has those of the recipients that are not named.
CREATE TABLE recipient_days (
  project_id TEXT NOT NULL REFERENCES projects (id),
  day INTEGER NOT NULL,
  sub TEXT NOT NULL,
  reads INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  PRIMARY KEY (project_id, day, sub)
) STRICT, WITHOUT ROWID;
