import type { AuditAction, NewAuditEntry, Project } from '@auraimage/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../../../tests/postgres/support/database.js';
import type { SqlRecords } from '../records/records.js';
import { openPostgresRecords } from './open.js';

const HOUR = 3_600_000;
const ROUNDS = 10;

/** Two servers on one database, with conflicts that SQLite's single writer excludes. */
describe('two servers', () => {
  let one: SqlRecords;
  let two: SqlRecords;
  let accountId: string;
  beforeAll(async () => {
    const options = { url: await createDatabase(), masterKey: new Uint8Array(32).fill(1) };
    one = await openPostgresRecords(options);
    two = await openPostgresRecords(options);
    accountId = await one.registry.firstAccount();
  });
  afterAll(() => Promise.all([one.close(), two.close()]));

  const by = (action: AuditAction): NewAuditEntry => ({
    accountId,
    actor: { kind: 'system', name: 'test' },
    action,
    project: null,
    target: null,
    details: {},
    address: '',
  });

  async function makeProject(name: string): Promise<Project> {
    const facts = { accountId, name, serveSecret: name, allowedOrigins: [], quotaBytes: null };
    const made = await one.registry.createProject(facts, 1000, by('project.created'));
    if (typeof made === 'string') throw new Error(made);
    return made;
  }

  it('finish a deletion during writes of usage and keys of the project', async () => {
    for (let n = 0; n < ROUNDS; n++) {
      const { id } = await makeProject(`doomed-${n}`);
      const delta = { project: `doomed-${n}`, hour: HOUR * n, counts: { readsOk: 1 } };
      const key = { accountId, projectId: id, name: '', secret: `sk_live_${n}` };
      const work = [
        ...[one, two, one, two].map(({ usage }) => usage.add([delta])),
        // Later calls fail.
        two.registry
          .createSecretKey(key, 10, by('secret_key.created'))
          .catch((error: Error) => expect(error.message).toBe('the account has no such project')),
        two.registry.internalSecretKey(id),
        one.registry.beginDeletion(id, accountId, by('project.deleted')).then(async (deletion) => {
          const ends = [one, two].map(({ registry }) =>
            registry.finishDeletion(deletion?.id ?? ''),
          );
          await Promise.all(ends);
        }),
      ];
      await Promise.all(work);
    }
    expect(await two.registry.unfinishedDeletions()).toEqual([]);
    expect(await two.registry.listDeletions(accountId, 0)).toHaveLength(ROUNDS);
  });

  it('add usage of the same projects in any order, during rotations, and lose none', async () => {
    const projects = await Promise.all(['a', 'b', 'c', 'd'].map((n) => makeProject(`used-${n}`)));
    const now = Date.now();
    const hour = now - (now % HOUR);
    const deltas = projects.map(({ name }) => ({
      project: name,
      hour,
      counts: { readsOk: 1 },
      previousSecret: { reads: 1, lastAt: now + HOUR },
    }));
    const uses = new Map(projects.map(({ id }) => [id, now]));
    for (let n = 0; n < ROUNDS; n++) {
      await Promise.all([
        one.usage.add(deltas),
        two.usage.add([...deltas].reverse()),
        one.usage.recordKeyUse(uses),
        two.usage.recordKeyUse(new Map([...uses].reverse())),
        ...projects.map(({ id }) =>
          two.registry.replaceServeSecret(id, `x-${n}`, now + HOUR, by('serve_secret.rotated')),
        ),
      ]);
    }
    for (const { id } of projects) {
      const [today] = await one.usage.days(id, 1, hour);
      expect(today?.counts.readsOk).toBe(2 * ROUNDS);
    }
  });

  it('swap two names concurrently: one fails', async () => {
    const [left, right] = [await makeProject('left'), await makeProject('right')];
    const outcomes = await Promise.all([
      one.registry.changeProject(left.id, { name: 'right' }, [by('project.renamed')]),
      two.registry.changeProject(right.id, { name: 'left' }, [by('project.renamed')]),
    ]);
    expect(outcomes).toEqual(['name_taken', 'name_taken']);
  });
});
