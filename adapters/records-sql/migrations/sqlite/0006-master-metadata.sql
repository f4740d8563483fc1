-- Whether readers get masters with their metadata. No CHECK: later versions may have more values, and SQLite cannot
-- change a constraint.
ALTER TABLE projects ADD COLUMN master_metadata TEXT NOT NULL DEFAULT 'keep';

-- Reads depend on it, so whoever keeps rows in memory must learn of its changes.
CREATE TRIGGER projects_metadata_updated AFTER UPDATE OF master_metadata ON projects BEGIN
  INSERT INTO image_changes (project) VALUES (OLD.name);
END;
