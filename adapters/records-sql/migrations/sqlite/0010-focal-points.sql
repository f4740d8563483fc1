-- What crops of an image keep in view, as its owner chose it, and how often that was changed.
ALTER TABLE images ADD COLUMN focal_point TEXT;
ALTER TABLE images ADD COLUMN focal_point_changes INTEGER NOT NULL DEFAULT 0;
