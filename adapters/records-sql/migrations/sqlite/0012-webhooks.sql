-- Addresses that get the events of a project. Without a URL: a listener, whose client asks for them until it expires.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  url TEXT,
  -- JSON array; empty for all.
  types TEXT NOT NULL,
  secret BLOB NOT NULL,
  previous_secret BLOB,
  previous_until INTEGER,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  disabled_reason TEXT,
  -- Consecutive failed attempts.
  failures INTEGER NOT NULL,
  expires_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_by_project ON webhooks (project_id, created_at, id);
CREATE INDEX webhooks_expiring ON webhooks (expires_at) WHERE expires_at IS NOT NULL;

-- Written in the transaction of the change, if the project has a webhook for it. Numbers are never used again.
CREATE TABLE webhook_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id),
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- JSON object.
  data TEXT NOT NULL
) STRICT;

CREATE INDEX webhook_events_by_project ON webhook_events (project_id);
CREATE INDEX webhook_events_by_time ON webhook_events (at);

-- An event on its way to a webhook. `key` and `previous_key` name the images whose order it keeps: while an earlier
-- delivery of one of them is pending, this one is blocked. `next_at` of a claimed one is the end of the claim.
CREATE TABLE webhook_deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL REFERENCES webhooks (id),
  event_seq INTEGER NOT NULL REFERENCES webhook_events (seq),
  key TEXT,
  previous_key TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  claim TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;

CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, seq);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_seq);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at)
  WHERE state = 'pending' AND blocked = 0;
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (webhook_id)
  WHERE claim IS NOT NULL;
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (webhook_id, key, seq)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_renames ON webhook_deliveries (webhook_id, previous_key, seq)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (created_at)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at)
  WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_seq INTEGER NOT NULL REFERENCES webhook_deliveries (seq),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  status INTEGER,
  problem TEXT,
  answer TEXT NOT NULL,
  PRIMARY KEY (delivery_seq, number)
) STRICT, WITHOUT ROWID;
