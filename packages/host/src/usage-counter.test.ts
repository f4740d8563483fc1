import type { UsageDelta, UsageKind } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
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

  /** What was written by name at one write: reads, and of the others the bound. */
  const namedIn = (write: number, kind: UsageKind, delta = 0) => {
    const named = written[write]?.[delta]?.named?.[kind];
    return {
      names: [...(named?.names ?? [])].map(([name, { reads }]) => [name, reads]),
      others: named?.others,
    };
  };

  it('counts answered reads by image, preset and recipient, and keeps those that were not written', async () => {
    note({ image: 'a.png', recipient: 'eve', encodeMs: 1.4 }, 200, 10);
    note({ image: 'b.png', preset: 'thumb' }, 206, 3);
    note({ image: 'a.png', recipient: 'eve', encodeMs: 1.4 }, 304);
    note({ image: 'a.png', recipient: 'eve', code: 'transform_malformed' }, 400, 70);
    note({ image: 'a.png', recipient: 'eve', refusal: 'above_ceiling' }, 403, 70);
    failing = true;
    await counter.flush();
    failing = false;
    note({ image: 'a.png' }, 200, 5);
    note({}, 200, 1);
    await counter.flush();
    expect(written[0]?.[0]?.named).toMatchObject({
      image: {
        names: new Map([
          ['a.png', { reads: 3, sentBytes: 15, encodeMilliseconds: 3, unseen: 0 }],
          ['b.png', { reads: 1, sentBytes: 3, encodeMilliseconds: 0, unseen: 0 }],
        ]),
        others: { reads: 0, sentBytes: 0, encodeMilliseconds: 0, unseen: 0 },
      },
      preset: { names: new Map([['thumb', { reads: 1, sentBytes: 3 }]]) },
      recipient: { names: new Map([['eve', { reads: 2, sentBytes: 10 }]]) },
    });
    expect(namedIn(0, 'refusal').names).toEqual([
      ['transform_malformed', 1],
      ['above_ceiling', 1],
    ]);
  });

  it.each<[CountedRequest['facts'], number, string | undefined]>([
    [{ refusal: 'preset_closed', code: 'signed_token_required' }, 403, 'preset_closed'],
    [{ refusal: 'iat_out_of_range', code: 'serve_token_invalid' }, 403, 'malformed'],
    [{ code: 'engine_busy' }, 503, 'unavailable'],
    [{ code: 'range_not_satisfiable' }, 416, undefined],
    [{}, 499, undefined],
  ])('counts %j with %i as refused because of %s', async (facts, status, reason) => {
    note({ image: 'a.png', ...facts }, status);
    await counter.flush();
    expect(namedIn(0, 'refusal').names).toEqual(reason === undefined ? [] : [[reason, 1]]);
    expect(namedIn(0, 'image').names).toEqual([]);
  });

  it('counts reads that find no image by the project that they name, of which anybody can make up many', async () => {
    const missed = (project: string) =>
      counter.count({
        facts: { isRead: true, notFoundIn: project, code: 'image_not_found' },
        status: 404,
        sentBytes: 0,
      });
    for (let n = 0; n < 5000; n++) {
      missed(`made-up-${n}`);
      if (n % 5 === 0) missed('my-app');
    }
    failing = true;
    await counter.flush();
    failing = false;
    note({}, 200);
    await counter.flush();
    expect(written[0]?.[0]?.project).toBe('my-app');
    expect(written[0]?.length).toBeLessThanOrEqual(101);
    const [refused] = written[0]?.slice(1) ?? [];
    expect(refused).toMatchObject({ project: 'my-app', hour: 500 * HOUR, counts: {} });
    const { names } = namedIn(0, 'refusal', 1);
    expect(names).toEqual([['not_found', expect.any(Number)]]);
    expect(Number(names[0]?.[1])).toBeGreaterThan(990);
  });

  it('keeps a bounded number of names, and says what the others may have', async () => {
    for (let index = 0; index < 3500; index++) note({ image: `i-${index}` }, 200, 2);
    for (let index = 0; index < 50; index++) note({ image: 'i-0' }, 200, 2);
    await counter.flush();
    const few = namedIn(0, 'image');
    expect(few.names.length).toBeLessThan(1000);
    expect(few.names).toContainEqual(['i-0', 50]);
    const named = few.names.reduce((sum, [, reads]) => sum + Number(reads), 0);
    expect(few.others?.reads).toBe(3550 - named);
    expect(few.others?.sentBytes).toBe(2 * (3550 - named));
    expect(few.others?.unseen).toBeGreaterThanOrEqual(1);
    expect(few.others?.unseen).toBeLessThanOrEqual(3550 / 501);

    failing = true;
    for (let index = 0; index < 6000; index++) {
      if (index % 1000 === 0) await counter.flush();
      note({ project: `p-${index % 100}`, image: `i-${index}` });
    }
    failing = false;
    await counter.flush();
    const sizes = written[1]?.map(({ named }) => named?.image?.names.size ?? 0) ?? [];
    expect(sizes).toHaveLength(100);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(2000);
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
    await counter.flush();
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
