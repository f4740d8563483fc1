-- Recipients whose tokens are revoked.
CREATE TABLE revoked_recipients (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  sub TEXT COLLATE "C" NOT NULL,
  revoked_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, sub)
);

-- Reads by recipient and day. An empty `sub` has those of the recipients that are not named.
CREATE TABLE recipient_days (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  day BIGINT NOT NULL,
  sub TEXT COLLATE "C" NOT NULL,
  reads BIGINT NOT NULL,
  sent_bytes BIGINT NOT NULL,
  PRIMARY KEY (project_id, day, sub)
);
