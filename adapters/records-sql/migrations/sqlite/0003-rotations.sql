-- How often the serve secret was replaced. Changes only together with `serve_secret`, so the trigger
-- `projects_updated` covers it.
ALTER TABLE projects ADD COLUMN rotations INTEGER NOT NULL DEFAULT 0;

-- `projects.rotations` when the links were revoked: a secret of a later rotation signed none of them.
ALTER TABLE images ADD COLUMN links_revoked_rotations INTEGER NOT NULL DEFAULT 0;
