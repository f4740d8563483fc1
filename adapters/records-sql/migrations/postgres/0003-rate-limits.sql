-- What the servers count together: uploads, attempts to sign in, time of image work. Each row is a window
-- that ends by itself, so nothing is lost with it: the table is not logged, and a crash empties it.
-- Columns and their order are what rate-limiter-flexible writes.

CREATE UNLOGGED TABLE rate_limits (
  key TEXT COLLATE "C" PRIMARY KEY,
  points INTEGER NOT NULL,
  expire BIGINT
) WITH (fillfactor = 50);
