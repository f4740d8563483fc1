import type {
  AuditAction,
  AuditActor,
  DeliveryState,
  Invitation,
  MasterMetadata,
  ProjectEvent,
  ProjectRole,
  UnsignedTransforms,
  UsageKind,
  User,
  Webhook,
} from '@auraimage/ports';
import type { MasterType, Visibility } from '@auraimage/protocol';
import type { Generated } from 'kysely';

/** Times are Unix milliseconds; sizes are bytes. A type alias, because `withTables` does not accept an interface. */
export type Database = {
  accounts: { id: string; created_at: number };
  projects: {
    id: string;
    account_id: string;
    name: string;
    /** Encrypted, like every column of bytes. */
    serve_secret: Uint8Array;
    previous_serve_secret: Uint8Array | null;
    previous_until: number | null;
    /** When the serve secret was last replaced. */
    rotated_at: number | null;
    /** How often the serve secret was replaced. */
    rotations: number;
    /** JSON array of origins. */
    allowed_origins: string;
    quota_bytes: number | null;
    /** Percent of the quota of which an event told; 0 below the lowest. */
    quota_mark: 0 | 80 | 100;
    unsigned_transforms: UnsignedTransforms;
    master_metadata: MasterMetadata;
    used_bytes: number;
    image_count: number;
    /** NULL unless the project is being deleted. */
    deleting_since: number | null;
    created_at: number;
  };
  project_members: { project_id: string; account_id: string; role: ProjectRole; added_at: number };
  secret_keys: {
    id: string;
    account_id: string;
    project_id: string | null;
    name: string;
    /** 1 for the key with which the server itself signs. */
    internal: 0 | 1;
    secret: Uint8Array;
    /** SHA-256 of the secret, hexadecimal. Finds a bearer key without decryption. */
    secret_hash: string;
    last_four: string;
    created_at: number;
    last_used_at: number | null;
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
    /** JSON of a point, or of `null` when nothing was found; NULL before the first search. */
    focus_auto: string | null;
    focus_face: string | null;
    /** JSON of the point that the owner chose. */
    focal_point: string | null;
    focal_point_changes: number;
    sha256: string;
    object_id: string;
    /** Whole Unix second. */
    links_revoked_at: number | null;
    /** `projects.rotations` when the links were revoked. */
    links_revoked_rotations: number;
    version: number;
    file_name: string | null;
    /** JSON object of texts. */
    metadata: string;
    /** What searches look into: name and file name, normalized. */
    search: string;
    created_at: number;
  };
  /** Revocations of keys whose image was deleted or renamed, until another image gets the key. */
  revoked_names: {
    project_id: string;
    key: string;
    links_revoked_at: number;
    links_revoked_rotations: number;
  };
  presets: {
    project_id: string;
    name: string;
    transform: string;
    open: 0 | 1;
    /** JSON of a `PresetWatermark`, or NULL. */
    watermark: string | null;
    updated_at: number;
  };
  /** Recipients whose tokens are revoked, until none of these can be alive. */
  revoked_recipients: {
    project_id: string;
    sub: string;
    /** Whole Unix second. */
    revoked_at: number;
  };
  /** Reads by day and image, preset, recipient or reason of a refusal; `name` is empty for all that are not named. */
  named_usage: {
    project_id: string;
    kind: UsageKind;
    /** Days since 1970, UTC. */
    day: number;
    name: string;
    reads: number;
    sent_bytes: number;
    encode_milliseconds: number;
    /** Most reads that the name may have beyond `reads`; of the row without a name, that any other name may have. */
    unseen: number;
  };
  webhooks: {
    id: string;
    project_id: string;
    /** NULL for a listener. */
    url: string | null;
    /** JSON array of event types; empty for all. */
    types: string;
    /** Encrypted, like every column of bytes. */
    secret: Uint8Array;
    previous_secret: Uint8Array | null;
    previous_until: number | null;
    enabled: 0 | 1;
    disabled_reason: Webhook['disabledReason'];
    /** Consecutive failed attempts. */
    failures: number;
    /** When a listener expires. */
    expires_at: number | null;
    created_at: number;
  };
  webhook_events: {
    seq: Generated<number>;
    id: string;
    project_id: string;
    type: ProjectEvent['type'];
    at: number;
    /** JSON object. */
    data: string;
  };
  webhook_deliveries: {
    /** Orders the deliveries of a webhook. */
    seq: Generated<number>;
    id: string;
    webhook_id: string;
    event_seq: number;
    /** The images whose order the delivery keeps. Empty for events of the project itself, NULL for no order. */
    key: string | null;
    previous_key: string | null;
    state: DeliveryState;
    /** 1 while an earlier delivery of its images is pending, and always for a listener. */
    blocked: 0 | 1;
    attempts: number;
    /** When the next attempt is due; of a claimed delivery, when the claim ends. */
    next_at: number;
    claim: string | null;
    created_at: number;
    finished_at: number | null;
  };
  webhook_attempts: {
    delivery_seq: number;
    number: number;
    at: number;
    milliseconds: number;
    status: number | null;
    problem: string | null;
    answer: string;
  };
  deletions: {
    id: string;
    account_id: string;
    project_id: string;
    project_name: string;
    images: number;
    removed: number;
    started_at: number;
    finished_at: number | null;
  };
  cli_tokens: {
    id: string;
    user_id: string;
    name: string;
    /** SHA-256 of the token, hexadecimal. */
    token_hash: string;
    last_four: string;
    created_at: number;
    last_used_at: number | null;
    expires_at: number | null;
  };
  /** What the records need of the users, who belong to another adapter. */
  users: {
    id: string;
    account_id: string;
    email: string;
    name: string;
    role: User['role'];
    /** The dialects differ: an ISO 8601 text, or a date. */
    created_at: string | Date;
    last_seen_at: number | null;
    credential_resets: number;
  };
  second_factors: {
    id: string;
    user_id: string;
    secret: Uint8Array;
    prepared_at: number;
    /** NULL until a code has proved that the authenticator app has the secret. */
    enabled_at: number | null;
    /** Time step of the last accepted code; -1 before the first. */
    last_step: number;
    /** Since the last right code. */
    attempts: number;
  };
  /** Backup codes that were not used. */
  backup_codes: {
    second_factor_id: string;
    /** SHA-256 of the code, hexadecimal. */
    code_hash: string;
  };
  sessions: { user_id: string; expires_at: string | Date };
  invitations: {
    id: string;
    kind: Invitation['kind'];
    account_id: string | null;
    invited_by: string | null;
    email: string | null;
    /** NULL for an invitation to the server alone, like `role`. */
    project_id: string | null;
    role: ProjectRole | null;
    /** SHA-256 of the token, hexadecimal. */
    token_hash: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  audit_log: {
    /** Orders entries of one millisecond. */
    seq: Generated<number>;
    id: string;
    account_id: string;
    project_id: string | null;
    /** Name of the project at that time. */
    project_name: string | null;
    at: number;
    actor_kind: AuditActor['kind'];
    actor_name: string;
    action: AuditAction;
    target: string | null;
    /** JSON object. */
    details: string;
    address: string;
  };
  usage_hours: UsageCountColumns & {
    project_id: string;
    hour: number;
    previous_secret_reads: number;
    previous_secret_last_at: number | null;
    /** What the project stored at the last addition to the row. */
    stored_bytes: number;
    stored_images: number;
  };
  receipt_keys: {
    /** Orders the keys by their creation. */
    seq: number;
    id: string;
    public_key: string;
    /** NULL for earlier keys, which sign no more. */
    private_key: Uint8Array | null;
  };
  settings: { name: string; value: Uint8Array };
  migrations: { name: string; checksum: string; applied_at: number };
};

export interface UsageCountColumns {
  uploads: number;
  uploaded_bytes: number;
  deletes: number;
  reads_ok: number;
  reads_not_modified: number;
  reads_refused_missing: number;
  reads_refused_expired: number;
  reads_refused_other: number;
  sent_bytes: number;
  encode_milliseconds: number;
  cache_hits: number;
  cache_misses: number;
  cache_bypasses: number;
}
