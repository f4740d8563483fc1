-- How often the serve secret was replaced.
ALTER TABLE projects ADD COLUMN rotations INTEGER NOT NULL DEFAULT 0;

-- `projects.rotations` when the links were revoked: a secret of a later rotation signed none of them.
ALTER TABLE images ADD COLUMN links_revoked_rotations INTEGER NOT NULL DEFAULT 0;
