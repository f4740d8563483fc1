-- Which transforms of public images need no token. No CHECK: later versions have more values, and SQLite cannot
-- change a constraint.
ALTER TABLE projects ADD COLUMN unsigned_transforms TEXT NOT NULL DEFAULT 'any';

-- Reads depend on it, so whoever keeps rows in memory must learn of its changes.
DROP TRIGGER projects_updated;
CREATE TRIGGER projects_updated AFTER UPDATE OF
  id, name, serve_secret, previous_serve_secret, previous_until, unsigned_transforms, deleting_since
  ON projects BEGIN
  INSERT INTO image_changes (project) VALUES (OLD.name);
END;
