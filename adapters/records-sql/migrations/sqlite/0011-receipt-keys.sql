-- Keys that sign receipts of uploads. One has its private half, which is encrypted: the one that signs.
CREATE TABLE receipt_keys (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  public_key TEXT NOT NULL,
  private_key BLOB
) STRICT;
