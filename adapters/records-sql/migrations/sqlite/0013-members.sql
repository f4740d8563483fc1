-- Who may do what in a project. The account of a project is always an owner.
CREATE TABLE project_members (
  project_id TEXT NOT NULL REFERENCES projects (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX project_members_by_account ON project_members (account_id);

INSERT INTO project_members SELECT id, account_id, 'owner', created_at FROM projects;

-- Invitations to one project.
ALTER TABLE invitations ADD COLUMN project_id TEXT REFERENCES projects (id);
ALTER TABLE invitations ADD COLUMN role TEXT CHECK (role IN ('owner', 'editor', 'viewer'));

CREATE INDEX invitations_by_project ON invitations (project_id) WHERE project_id IS NOT NULL;
