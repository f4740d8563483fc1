-- Which transforms of public images need no token.
ALTER TABLE projects ADD COLUMN unsigned_transforms TEXT COLLATE "C" NOT NULL DEFAULT 'any';
