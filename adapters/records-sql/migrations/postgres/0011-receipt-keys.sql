-- Keys that sign receipts of uploads. One has its private half, which is encrypted: the one that signs.
CREATE TABLE receipt_keys (
  seq BIGINT PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  public_key TEXT COLLATE "C" NOT NULL,
  private_key BYTEA
);
