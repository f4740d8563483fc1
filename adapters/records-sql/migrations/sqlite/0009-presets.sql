-- Named transforms. `watermark` is a JSON object.
CREATE TABLE presets (
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  transform TEXT NOT NULL,
  open INTEGER NOT NULL CHECK (open IN (0, 1)),
  watermark TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

-- Whoever keeps presets in memory learns of their changes as of those of images. A preset and an image with one name
-- are read again together.
CREATE TRIGGER presets_updated AFTER UPDATE ON presets BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.name);
END;

CREATE TRIGGER presets_deleted AFTER DELETE ON presets BEGIN
  INSERT INTO image_changes (project, key)
  VALUES ((SELECT name FROM projects WHERE id = OLD.project_id), OLD.name);
END;
