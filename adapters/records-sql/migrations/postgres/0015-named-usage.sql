-- Reads by day and image, preset, recipient or reason of a refusal. An empty `name` has those that are not named.
-- `unseen`: most reads that the name may have beyond `reads`.
CREATE TABLE named_usage (
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
  kind TEXT COLLATE "C" NOT NULL,
  day BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  reads BIGINT NOT NULL,
  sent_bytes BIGINT NOT NULL,
  encode_milliseconds BIGINT NOT NULL,
  unseen BIGINT NOT NULL,
  PRIMARY KEY (project_id, kind, day, name)
);

INSERT INTO named_usage (project_id, kind, day, name, reads, sent_bytes, encode_milliseconds, unseen)
SELECT project_id, 'recipient', day, sub, reads, sent_bytes, 0, 0 FROM recipient_days;

DROP TABLE recipient_days;
