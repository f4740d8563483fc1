-- Named transforms. `watermark` is a JSON object.
CREATE TABLE presets (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  name TEXT COLLATE "C" NOT NULL,
  transform TEXT COLLATE "C" NOT NULL,
  open SMALLINT NOT NULL CHECK (open IN (0, 1)),
  watermark TEXT COLLATE "C",
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, name)
);
