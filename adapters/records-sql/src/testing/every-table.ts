import { createHash } from 'node:crypto';
import { createSecretCipher } from '../database/cipher.js';
import { hashSecret } from '../records/projects.js';
import { openSqlite } from '../sqlite/connection.js';
import { openSqliteRecords } from '../sqlite/open.js';

const TIME = '2026-01-02T03:04:05.006Z';

/** Token of the command line in these rows. */
export const CLI_TOKEN = 'aura_cli_of_every_table';

/**
 * Creates a database with rows in every table, with values of every kind.
 *
 * @param accounts number of accounts, which decides how many pages there are
 */
export async function fillEveryTable(
  file: string,
  masterKey: Uint8Array,
  accounts: number,
): Promise<void> {
  await (await openSqliteRecords({ file, masterKey })).close();
  const secret = (context: string) =>
    createSecretCipher(masterKey).encrypt(
      createHash('sha256').update(context).digest('hex'),
      context,
    );
  const { database, close } = openSqlite(file);
  const insert = (table: string, ...rows: readonly Readonly<Record<string, unknown>>[]) => {
    for (const row of rows) {
      const places = Object.keys(row).map(() => '?');
      database
        .prepare(
          `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`,
        )
        .run(...(Object.values(row) as string[]));
    }
  };
  database.exec('BEGIN');
  const account = database.prepare('INSERT INTO accounts VALUES (?, ?)');
  for (let n = 0; n < accounts; n++) account.run(`account-${n}`, n * 1_000_000_007);
  insert('projects', {
    id: 'p',
    account_id: 'account-1',
    name: 'my-app',
    serve_secret: secret('projects.serve_secret:p'),
    previous_serve_secret: secret('projects.serve_secret:p'),
    previous_until: 7,
    rotated_at: 5,
    allowed_origins: '["é€😀\\\\ \\"quoted\\" \\n"]',
    used_bytes: Number.MAX_SAFE_INTEGER,
    image_count: 2,
    created_at: 1,
  });
  insert('project_members', {
    project_id: 'p',
    account_id: 'account-1',
    role: 'owner',
    added_at: 1,
  });
  insert('secret_keys', {
    id: 'k',
    account_id: 'account-1',
    project_id: 'p',
    name: "it's",
    internal: 1,
    secret: secret('secret_keys.secret:k'),
    secret_hash: 'hash',
    last_four: 'abcd',
    created_at: -1,
  });
  for (const n of [1, 2]) {
    insert('images', {
      project_id: 'p',
      key: `k-${n}`,
      visibility: n === 1 ? 'public' : 'private',
      type: 'image/png',
      size: n,
      width: 1,
      height: 1,
      frames: 1,
      has_alpha: n - 1,
      blurhash: 'L~$*#?',
      sha256: 'a'.repeat(64),
      object_id: `o${n}`,
      version: 1,
      created_at: 1_767_323_045_006,
      metadata: JSON.stringify({ note: 'ü\n\u0001' }),
      file_name: n === 1 ? null : 'a b.png',
    });
  }
  insert('revoked_names', {
    project_id: 'p',
    key: 'gone',
    links_revoked_at: 1,
    links_revoked_rotations: 2,
  });
  insert('presets', {
    project_id: 'p',
    name: 'thumb',
    transform: 'w=64',
    open: 1,
    watermark: '{"key":"k"}',
    updated_at: 1,
  });
  insert('revoked_recipients', { project_id: 'p', sub: 'ada', revoked_at: 3 });
  insert('webhooks', {
    id: 'w',
    project_id: 'p',
    url: 'https://hooks.example',
    types: '[]',
    secret: secret('webhooks.secret:w'),
    enabled: 1,
    failures: 0,
    created_at: 1,
  });
  insert('webhook_events', {
    seq: 70,
    id: 'ev',
    project_id: 'p',
    type: 'image.uploaded',
    at: 1,
    data: '{}',
  });
  insert('webhook_deliveries', {
    seq: 80,
    id: 'd',
    webhook_id: 'w',
    event_seq: 70,
    state: 'pending',
    blocked: 0,
    attempts: 1,
    next_at: 1,
    created_at: 1,
  });
  insert('webhook_attempts', { delivery_seq: 80, number: 1, at: 1, milliseconds: 2, answer: '' });
  insert('deletions', {
    id: 'x',
    account_id: 'account-1',
    project_id: 'q',
    project_name: 'old',
    images: 1,
    started_at: 1,
  });
  insert('cli_tokens', {
    id: 't',
    user_id: 'u',
    name: 'laptop',
    token_hash: hashSecret(CLI_TOKEN),
    last_four: '1234',
    created_at: 1,
  });
  insert('invitations', { id: 'i', kind: 'setup', token_hash: 'h', created_at: 1, expires_at: 2 });
  insert('audit_log', {
    seq: 41,
    id: 'e',
    account_id: 'account-1',
    at: 1,
    actor_kind: 'system',
    actor_name: 'x',
    action: 'project.created',
    details: '{}',
    address: '',
  });
  for (const seq of [42, 43, 44]) {
    insert('audit_log', {
      seq,
      id: `long-${seq}`,
      account_id: 'account-2',
      at: 1,
      actor_kind: 'system',
      actor_name: 'x',
      action: 'project.created',
      details: JSON.stringify({ text: '"'.repeat(200_000) }),
      address: '',
    });
  }
  const hours = database.prepare('SELECT name FROM pragma_table_info(?)').all('usage_hours') as {
    name: string;
  }[];
  insert(
    'usage_hours',
    Object.fromEntries(hours.map(({ name }, at) => [name, name === 'project_id' ? 'p' : at])),
  );
  insert(
    'receipt_keys',
    { seq: 1, id: 'r', public_key: 'p', private_key: secret('receipt_keys.private_key:r') },
    { seq: 2, id: 's', public_key: 'q' },
  );
  insert('named_usage', {
    project_id: 'p',
    kind: 'image',
    day: 1,
    name: '',
    reads: 1,
    sent_bytes: 2,
    encode_milliseconds: 3,
    unseen: 4,
  });
  insert('users', {
    id: 'u',
    account_id: 'account-1',
    email: 'a@example.com',
    email_verified: 1,
    name: 'Ä',
    role: 'admin',
    created_at: TIME,
    updated_at: '2026-01-02T03:04:05.000Z',
    last_seen_at: 1_767_323_045_006,
    credential_resets: 2,
  });
  insert('credentials', {
    id: 'c',
    user_id: 'u',
    provider: 'credential',
    subject: 'u',
    password_hash: 'scrypt',
    created_at: TIME,
    updated_at: TIME,
  });
  insert('sessions', {
    id: 's',
    user_id: 'u',
    token_hash: 'hash',
    address: '::1',
    user_agent: 'agent',
    created_at: TIME,
    updated_at: TIME,
    expires_at: '2027-01-02T03:04:05.006Z',
  });
  insert('device_requests', {
    id: 'd',
    device_code_hash: 'h',
    user_code: 'ABCD',
    name: 'laptop',
    address: '',
    status: 'pending',
    expires_at: TIME,
  });
  insert('second_factors', {
    id: 'f',
    user_id: 'u',
    secret: secret('second_factors.secret:f'),
    prepared_at: 1,
    last_step: 0,
    attempts: 0,
  });
  insert('backup_codes', { second_factor_id: 'f', code_hash: 'h' });
  database.exec('COMMIT');
  close();
}
