import type { UsageDelta } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CountedRequest, createUsageCounter, type UsageCounter } from './usage-counter.js';

const HOUR = 3_600_000;

describe('createUsageCounter', () => {
  let now: number;
  let written: UsageDelta[][];
  let keys: (readonly [string, number])[];
  let failures: unknown[];
  let failing: boolean;
  let counter: UsageCounter;

  beforeEach(() => {
    now = 500 * HOUR + 1;
    written = [];
    keys = [];
    failures = [];
    failing = false;
    counter = createUsageCounter(
      {
        async add(deltas) {
          if (failing) throw new Error('the database is away');
          written.push([...deltas]);
        },
        async recordKeyUse(uses) {
          keys.push(...uses);
        },
      },
      (failure) => failures.push(failure),
      () => now,
    );
  });
  afterEach(() => counter.stop());

  const noteAny = (facts: CountedRequest['facts'], status = 200, sentBytes = 0) =>
    counter.count({ facts: { project: 'my-app', ...facts }, status, sentBytes });
  /** A read. */
  const note = (facts: CountedRequest['facts'], status = 200, sentBytes = 0) =>
    noteAny({ isRead: true, ...facts }, status, sentBytes);

  it('sums requests by project and hour, and writes each once', async () => {
    note({ cache: 'HIT', encodeMs: 1.25 }, 200, 10);
    note({ cache: 'MISS', encodeMs: 2.5 }, 206, 5);
    note({ project: 'other' });
    now += HOUR;
    note({}, 304);
    await counter.flush();
    await counter.flush();
    const reads = { readsOk: 2, sentBytes: 15, cacheHits: 1, cacheMisses: 1 };
    expect(written).toEqual([
      [
        { project: 'my-app', hour: 500 * HOUR, counts: { ...reads, encodeMilliseconds: 4 } },
        { project: 'other', hour: 500 * HOUR, counts: { readsOk: 1 } },
        { project: 'my-app', hour: 501 * HOUR, counts: { readsNotModified: 1 } },
      ],
    ]);
  });

  it.each<[CountedRequest['facts'], number, object]>([
    [{ refusal: 'missing' }, 403, { readsRefusedMissing: 1 }],
    [{ refusal: 'expired' }, 403, { readsRefusedExpired: 1 }],
    [{ refusal: 'revoked' }, 403, { readsRefusedOther: 1 }],
    [{ refusal: 'wrong_signature' }, 403, { readsRefusedOther: 1 }],
    [{ cache: 'BYPASS' }, 200, { readsOk: 1, cacheBypasses: 1 }],
    [{}, 503, {}],
    [{}, 0, {}],
  ])('counts a read of %j with %i as %j', async (facts, status, counts) => {
    note(facts, status);
    await counter.flush();
    expect(written.flat().map((delta) => delta.counts)).toEqual([counts]);
  });

  it.each<[CountedRequest['facts'], number, object]>([
    [{ uploadedBytes: 7 }, 201, { uploads: 1, uploadedBytes: 7 }],
    [{ deleted: true }, 204, { deletes: 1 }],
  ])('counts %j with %i as %j', async (facts, status, counts) => {
    noteAny(facts, status);
    await counter.flush();
    expect(written.flat().map((delta) => delta.counts)).toEqual([counts]);
  });

  it.each<[CountedRequest['facts'], number]>([
    [{ route: '/v1/upload' }, 413],
    [{ route: '/v1/images/{project}/{key}' }, 404],
    [{ route: '/v1/projects/{project}' }, 200],
  ])('counts nothing for %j with %i', async (facts, status) => {
    noteAny(facts, status);
    counter.count({ facts: { isRead: true }, status: 404, sentBytes: 0 });
    await counter.flush();
    expect(written).toEqual([]);
  });

  it('counts reads that used the previous secret', async () => {
    note({ previousSecret: true });
    now += 5;
    note({ previousSecret: true });
    note({});
    await counter.flush();
    expect(written[0]?.[0]?.previousSecret).toEqual({ reads: 2, lastAt: now });
  });

  it('counts the granted reads of each recipient, and keeps those that were not written', async () => {
    note({ recipient: 'a' }, 200, 10);
    note({ recipient: 'b' }, 206, 3);
    note({ recipient: 'a' }, 304);
    note({ recipient: 'a' }, 400, 70);
    failing = true;
    await counter.flush();
    failing = false;
    note({ recipient: 'a' }, 200, 5);
    note({}, 200, 1);
    await counter.flush();
    expect(written[0]?.[0]?.recipients).toEqual(
      new Map([
        ['a', { reads: 3, sentBytes: 15 }],
        ['b', { reads: 1, sentBytes: 3 }],
      ]),
    );
  });

  it('adds up the reads of recipients that are too many', async () => {
    for (let index = 0; index < 1500; index++) note({ recipient: `r-${index}` }, 200, 2);
    note({ recipient: 'r-0' }, 200, 2);
    await counter.flush();
    const few = written[0]?.[0]?.recipients;
    expect(few?.size).toBeLessThan(1010);
    expect(few?.get('r-0')).toEqual({ reads: 2, sentBytes: 4 });
    const named = [...(few ?? [])].filter(([sub]) => sub !== '').length;
    expect(few?.get('')).toEqual({ reads: 1500 - named, sentBytes: 2 * (1500 - named) });

    failing = true;
    for (let index = 0; index < 3000; index++) {
      if (index % 1000 === 0) await counter.flush();
      note({ project: `p-${index % 100}`, recipient: `r-${index}` });
    }
    failing = false;
    await counter.flush();
    const subs = written[1]?.map(({ recipients }) => recipients?.size ?? 0) ?? [];
    expect(subs).toHaveLength(100);
    expect(subs.reduce((sum, size) => sum + size)).toBeLessThan(2200);
  });

  it('records when keys were last used', async () => {
    noteAny({ secretKeyId: 'a' });
    now += 9;
    note({ secretKeyId: 'a' });
    await counter.flush();
    expect(keys).toEqual([['a', now]]);
  });

  it('keeps counts that the database did not accept, and adds to them', async () => {
    failing = true;
    note({ previousSecret: true }, 200, 3);
    await counter.flush();
    note({}, 200, 4);
    await counter.flush();
    expect(failures).toHaveLength(2);
    failing = false;
    await counter.stop();
    expect(written).toEqual([
      [
        {
          project: 'my-app',
          hour: 500 * HOUR,
          counts: { readsOk: 2, sentBytes: 7 },
          previousSecret: { reads: 1, lastAt: now },
        },
      ],
    ]);
  });

  it('keeps a bounded number of projects and hours', async () => {
    failing = true;
    for (let index = 0; index < 10_100; index++) note({ project: `p-${index}` });
    await counter.flush();
    note({ project: 'one-more' });
    failing = false;
    await counter.flush();
    expect(written[0]).toHaveLength(10_000);
  });
});
