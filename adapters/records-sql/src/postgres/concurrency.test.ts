import type { AuditAction, NewAuditEntry, Project } from '@auraimage/ports';
import { newImage } from '@auraimage/ports/contracts';
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
  let three: SqlRecords;
  let accountId: string;
  beforeAll(async () => {
    const options = { url: await createDatabase(), masterKey: new Uint8Array(32).fill(1) };
    one = await openPostgresRecords(options);
    two = await openPostgresRecords(options);
    three = await openPostgresRecords(options);
    accountId = await one.registry.firstAccount();
  });
  afterAll(() => Promise.all([one, two, three].map((each) => each.close())));

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

  it('write one event per mark of the quota that uploads to three of them reach at once', async () => {
    const { id } = await makeProject('bounded');
    const origin = { actor: { kind: 'system', name: 'test' }, address: '' } as const;
    const webhook = { url: 'https://consumer.example/', types: [], secret: 'whsec_a' };
    await one.webhooks.create(id, { ...webhook, types: ['project.quota'] }, 10, origin);
    await one.registry.changeProject(id, { quotaBytes: 1000 }, []);
    await one.images.insert({ ...newImage('bounded', 0, { size: 700 }), projectId: id });
    const stored = await Promise.all(
      Array.from({ length: 45 }, (_, n) =>
        [one, two, three][n % 3]?.images.insert({
          ...newImage('bounded', n + 1, { size: 10 }),
          projectId: id,
        }),
      ),
    );
    expect(stored.filter((each) => typeof each === 'object')).toHaveLength(30);
    const told: unknown[] = [];
    for (;;) {
      const { deliveries } = await two.deliveries.claim(
        10,
        { perWebhook: 10, perProject: 10 },
        HOUR,
      );
      if (deliveries.length === 0) break;
      for (const delivery of deliveries) {
        told.push(delivery.event.data);
        const attempt = { at: 0, milliseconds: 1, status: 200, problem: null, answer: '' };
        await two.deliveries.settle(delivery, attempt, { kind: 'delivered' });
      }
    }
    const data = { project: 'bounded', quotaBytes: 1000 };
    expect(told).toEqual([
      { ...data, percent: 80, usedBytes: 800 },
      { ...data, percent: 100, usedBytes: 1000 },
    ]);
  });
});
