-- Tables of better-auth, with the columns that passwords, sessions and device requests use.
-- Session tokens and device codes are kept as SHA-256.

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
  email TEXT COLLATE "C" NOT NULL UNIQUE,
  email_verified BOOLEAN NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member')),
  created_at TIMESTAMPTZ(3) NOT NULL,
  updated_at TIMESTAMPTZ(3) NOT NULL
);

CREATE TABLE credentials (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C",
  created_at TIMESTAMPTZ(3) NOT NULL,
  updated_at TIMESTAMPTZ(3) NOT NULL,
  UNIQUE (provider, subject)
);

CREATE INDEX credentials_by_user ON credentials (user_id);

CREATE TABLE sessions (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  address TEXT COLLATE "C" NOT NULL,
  user_agent TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL,
  updated_at TIMESTAMPTZ(3) NOT NULL,
  expires_at TIMESTAMPTZ(3) NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE device_requests (
  id TEXT COLLATE "C" PRIMARY KEY,
  device_code_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_code TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
  user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
  client_id TEXT COLLATE "C",
  polling_interval BIGINT,
  last_polled_at TIMESTAMPTZ(3),
  expires_at TIMESTAMPTZ(3) NOT NULL
);

CREATE INDEX device_requests_by_end ON device_requests (expires_at);
