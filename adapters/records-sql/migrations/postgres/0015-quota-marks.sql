-- The share of its quota, 80 or 100 percent, that a project has reached and that its events told; 0 below.
ALTER TABLE projects ADD COLUMN quota_mark BIGINT NOT NULL DEFAULT 0;
