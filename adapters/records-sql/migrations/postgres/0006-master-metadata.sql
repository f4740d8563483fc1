-- Whether readers get masters with their metadata.
ALTER TABLE projects ADD COLUMN master_metadata TEXT COLLATE "C" NOT NULL DEFAULT 'keep';
