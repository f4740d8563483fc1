import type { MasterType, Visibility } from '@auraimage/protocol';

/** Times are Unix milliseconds; sizes are bytes. */
export interface Database {
  accounts: { id: string; created_at: number };
  projects: {
    id: string;
    account_id: string;
    name: string;
    /** Encrypted, as is every column of bytes here. */
    serve_secret: Uint8Array;
    previous_serve_secret: Uint8Array | null;
    previous_until: number | null;
    /** JSON array of origins. */
    allowed_origins: string;
    quota_bytes: number | null;
    used_bytes: number;
    created_at: number;
  };
  secret_keys: {
    id: string;
    account_id: string;
    project_id: string | null;
    name: string;
    secret: Uint8Array;
    /** SHA-256 of the secret, hexadecimal: finds a bearer key without decrypting. */
    secret_hash: string;
    last_four: string;
    created_at: number;
    revoked_at: number | null;
  };
  images: {
    project_id: string;
    key: string;
    visibility: Visibility;
    type: MasterType;
    size: number;
    width: number;
    height: number;
    frames: number;
    has_alpha: 0 | 1;
    blurhash: string;
    /** JSON of a point, or of `null` where nothing was found; NULL: nobody sought it yet. */
    focus_auto: string | null;
    focus_face: string | null;
    sha256: string;
    object_id: string;
    version: number;
    created_at: number;
  };
  settings: { name: string; value: Uint8Array };
  migrations: { name: string; checksum: string; applied_at: number };
}
