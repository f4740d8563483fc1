-- Names that developers choose, file names, metadata. `search` is the name and the file name, normalized.

ALTER TABLE images ADD COLUMN file_name TEXT;
ALTER TABLE images ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE images ADD COLUMN search TEXT NOT NULL DEFAULT '';

UPDATE images SET search = substr(key, 12);

-- Each has all that finding one page of a list needs.
DROP INDEX images_newest_first;
DROP INDEX images_by_visibility;
DROP INDEX images_by_sha256;
CREATE INDEX images_newest_first ON images (project_id, created_at DESC, key DESC, search);
CREATE INDEX images_by_visibility ON images (project_id, visibility, created_at DESC, key DESC, search);
CREATE INDEX images_by_sha256 ON images (project_id, sha256, created_at DESC, key DESC, search);
