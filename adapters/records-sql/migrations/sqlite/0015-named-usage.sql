-- Reads by day and image, preset, recipient or reason of a refusal. An empty `name` has those that are not named.
-- `unseen`: most reads that the name may have beyond `reads`.
CREATE TABLE named_usage (
  project_id TEXT NOT NULL REFERENCES projects (id),
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  name TEXT NOT NULL,
  reads INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  encode_milliseconds INTEGER NOT NULL,
  unseen INTEGER NOT NULL,
  PRIMARY KEY (project_id, kind, day, name)
) STRICT, WITHOUT ROWID;

INSERT INTO named_usage (project_id, kind, day, name, reads, sent_bytes, encode_milliseconds, unseen)
SELECT project_id, 'recipient', day, sub, reads, sent_bytes, 0, 0 FROM recipient_days;

DROP TABLE recipient_days;
