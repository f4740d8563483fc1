-- When a CLI token expires; NULL for one that does not.
ALTER TABLE cli_tokens ADD COLUMN expires_at INTEGER;
-- The expiry that was chosen when the device was approved.
ALTER TABLE device_requests ADD COLUMN token_expires_at INTEGER;

-- To the hour.
ALTER TABLE users ADD COLUMN last_seen_at INTEGER;
-- How often all of a user's credentials were ended at once. What was approved before gives no token after it.
ALTER TABLE users ADD COLUMN credential_resets INTEGER NOT NULL DEFAULT 0;

-- Entries are removed by age.
CREATE INDEX audit_log_by_age ON audit_log (at);
