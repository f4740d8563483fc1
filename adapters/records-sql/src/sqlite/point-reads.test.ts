import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewAuditEntry, NewImage, NewProject } from '@auraimage/ports';
import { ORIGIN } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteConnection } from './connection.js';
import { openSqliteRecords } from './open.js';

type Records = Awaited<ReturnType<typeof openSqliteRecords>>;

const PROJECT = 'my-app';
/** Changes that the database remembers. */
const REMEMBERED = 1000;

let folder: string;
let projectId: string;
let records: Records;
/** As another process has it. */
let other: Records;
/** Past the adapter. */
let direct: SqliteConnection;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-reads-'));
  const options = { file: join(folder, 'aura.db'), masterKey: new Uint8Array(32).fill(1) };
  records = await openSqliteRecords(options);
  other = await openSqliteRecords(options);
  direct = openSqlite(options.file);
  const accountId = await records.registry.createAccount();
  const project = {
    accountId,
    name: PROJECT,
    serveSecret: 'psk_live_the-serve-secret',
    allowedOrigins: [],
    quotaBytes: null,
  };
  projectId = await makeProject(project, origin(accountId));
  for (const key of ['one.jpg', 'two.jpg']) await records.images.insert(image(key));
});
afterEach(async () => {
  direct.close();
  await records.close();
  await other.close();
  await rm(folder, { recursive: true });
});

/** @returns its id */
async function makeProject(facts: NewProject, audit: NewAuditEntry): Promise<string> {
  const project = await records.registry.createProject(facts, 1, audit);
  if (typeof project === 'string') throw new Error(project);
  return project.id;
}

const origin = (accountId: string): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: 'start' },
  action: 'project.created',
  project: PROJECT,
  target: null,
  details: {},
  address: '',
});

const image = (key: string): NewImage => ({
  project: PROJECT,
  projectId,
  key,
  visibility: 'public',
  type: 'image/jpeg',
  size: 10,
  width: 4,
  height: 3,
  frames: 1,
  hasAlpha: false,
  blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
  sha256: 'a'.repeat(64),
  objectId: `object-of-${key}`,
  fileName: null,
  createdAt: 1,
});

const at = (key: string) => ({ project: PROJECT, key });
const find = (key: string) => records.images.find(at(key));
const execute = (sql: string) => direct.database.exec(sql);

describe('a cached row', () => {
  it('is reused after commits that do not change it', async () => {
    const one = await find('one.jpg');
    expect(one?.image.key).toBe('one.jpg');
    await records.images.insert(image('three.jpg'));
    await other.images.insert(image('four.jpg'));
    await records.images.setVisibility(at('two.jpg'), 'private', ORIGIN);
    await other.images.remove(at('two.jpg'), ORIGIN);
    execute('UPDATE projects SET used_bytes = used_bytes + 1');
    expect(await find('one.jpg')).toBe(one);
  });

  it.each([
    ['visibility', "'private'"],
    ['version', '2'],
    ['links_revoked_at', '5'],
    ['focus_auto', `'{"x":0.5,"y":0.5}'`],
    ['object_id', "'another'"],
    ['size', '11'],
  ])('is read anew when anybody has changed its %s', async (column, value) => {
    const [one, two] = [await find('one.jpg'), await find('two.jpg')];
    execute(`UPDATE images SET ${column} = ${value} WHERE key = 'one.jpg'`);
    const anew = await find('one.jpg');
    expect(anew?.image).not.toEqual(one?.image);
    expect(anew?.image.key).toBe('one.jpg');
    expect(await find('two.jpg')).toBe(two);
  });

  it('is gone after a deletion, and found when it is created again', async () => {
    await find('one.jpg');
    await other.images.remove(at('one.jpg'), ORIGIN);
    expect(await find('one.jpg')).toBeNull();
    await other.images.insert({ ...image('one.jpg'), width: 8 });
    expect((await find('one.jpg'))?.image.width).toBe(8);
  });

  it.each(['serve_secret', 'previous_serve_secret', 'previous_until'])(
    'is read anew when its project has another %s',
    async (column) => {
      const [one, two] = [await find('one.jpg'), await find('two.jpg')];
      execute(`UPDATE projects SET ${column} = ${column}`);
      expect(await find('one.jpg')).not.toBe(one);
      expect(await find('two.jpg')).not.toBe(two);
    },
  );

  it('is gone when its project is being deleted', async () => {
    await find('one.jpg');
    execute('UPDATE projects SET deleting_since = 5');
    expect(await find('one.jpg')).toBeNull();
  });

  it('is read again after more changes than the database keeps', async () => {
    const one = await find('one.jpg');
    execute("UPDATE images SET visibility = 'private' WHERE key = 'one.jpg'");
    const touch = direct.database.prepare(
      "UPDATE images SET version = version + 1 WHERE key = 'two.jpg'",
    );
    execute('BEGIN');
    for (let count = 0; count < REMEMBERED; count++) touch.run();
    execute('COMMIT');
    const count = direct.database.prepare('SELECT count(*) AS rows FROM image_changes').get();
    expect(count).toEqual({ rows: REMEMBERED });
    const anew = await find('one.jpg');
    expect([one?.image.visibility, anew?.image.visibility]).toEqual(['public', 'private']);
  });

  it('of another project with the same key stays cached', async () => {
    const accountId = await records.registry.createAccount();
    const project = {
      accountId,
      name: 'another',
      serveSecret: 'psk_live_another-serve-secret',
      allowedOrigins: [],
      quotaBytes: null,
    };
    const twin = {
      ...image('one.jpg'),
      project: 'another',
      projectId: await makeProject(project, { ...origin(accountId), project: 'another' }),
      objectId: 'twin',
    };
    await records.images.insert(twin);
    const theirs = await records.images.find({ project: 'another', key: 'one.jpg' });
    const ours = await find('one.jpg');
    await other.images.setVisibility(at('one.jpg'), 'private', ORIGIN);
    expect(await records.images.find({ project: 'another', key: 'one.jpg' })).toBe(theirs);
    expect(await find('one.jpg')).not.toBe(ours);
  });

  it('is the committed row, not that of an open transaction', async () => {
    await find('one.jpg');
    execute('BEGIN IMMEDIATE');
    execute("UPDATE images SET visibility = 'private' WHERE key = 'one.jpg'");
    expect((await find('one.jpg'))?.image.visibility).toBe('public');
    execute('ROLLBACK');
    expect((await find('one.jpg'))?.image.visibility).toBe('public');
    execute("UPDATE images SET visibility = 'private' WHERE key = 'one.jpg'");
    expect((await find('one.jpg'))?.image.visibility).toBe('private');
  });
});

describe('calls in one batch', () => {
  const found = async (key: string, batch: object) =>
    (await records.images.find(at(key), batch))?.image.visibility;

  it('see what was committed before the first of them', async () => {
    for (const key of ['one.jpg', 'two.jpg']) await find(key);
    await other.images.setVisibility(at('one.jpg'), 'private', ORIGIN);
    await other.images.setVisibility(at('two.jpg'), 'private', ORIGIN);
    const batch = {};
    expect([await found('one.jpg', batch), await found('two.jpg', batch)]).toEqual([
      'private',
      'private',
    ]);
  });

  it('ask for changes once, and those of the next batch again', async () => {
    const [batch, next] = [{}, {}];
    expect(await found('one.jpg', batch)).toBe('public');
    await other.images.setVisibility(at('one.jpg'), 'private', ORIGIN);
    expect(await found('one.jpg', batch)).toBe('public');
    expect(await found('one.jpg', next)).toBe('private');
  });

  it('are no excuse for calls outside of it, nor for those of an earlier batch', async () => {
    const batch = {};
    expect(await found('one.jpg', batch)).toBe('public');
    await other.images.setVisibility(at('one.jpg'), 'private', ORIGIN);
    expect((await find('one.jpg'))?.image.visibility).toBe('private');
    await other.images.setVisibility(at('one.jpg'), 'public', ORIGIN);
    expect(await found('one.jpg', batch)).toBe('public');
  });

  it('see revocations of recipients of before it', async () => {
    const revoked = (batch: object) => records.recipients.revokedAt(PROJECT, 'customer:1', batch);
    const [batch, next] = [{}, {}];
    expect(await revoked(batch)).toBeNull();
    await other.recipients.revoke(PROJECT, 'customer:1', 5, ORIGIN);
    expect(await revoked(next)).toBe(5);
  });
});

it('a name without an image has one after an insert', async () => {
  expect(await find('new.jpg')).toBeNull();
  expect(await find('new.jpg')).toBeNull();
  await other.images.insert(image('new.jpg'));
  expect((await find('new.jpg'))?.image.key).toBe('new.jpg');
});
