import { randomBytes } from 'node:crypto';
import type { S3Stores } from '@auraimage/objects-s3';
import { type ObjectBody, StorageUnavailableError } from '@auraimage/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect, type FaultyBucket, openFaultyBucket, store } from './support/bucket.js';
import { BEFORE_THE_BODY, type Fault } from './support/fault-proxy.js';

const SIZES = { small: 100_000, large: 3_000_000 };
const sizes = Object.entries(SIZES);

const IN_THE_BODY = ['cut', 'short', 'pause'] as const;
const KINDS = [...BEFORE_THE_BODY, ...IN_THE_BODY];

let bucket: FaultyBucket;
const kept = new Map<string, { readonly id: string; readonly bytes: Buffer }>();

beforeAll(async () => {
  bucket = await openFaultyBucket();
  for (const [name, size] of sizes) {
    const bytes = randomBytes(size);
    kept.set(name, { id: (await store(bytes, bucket.direct)).id, bytes });
  }
});

afterAll(() => bucket?.close());

beforeEach(() => bucket.proxy.heal());

/** Opens an object by its name, from `start` to its end. */
async function open(name: string, { objects }: S3Stores, start = 0): Promise<ObjectBody | null> {
  const { id, bytes } = keptAs(name);
  return objects.read(id, { start, length: bytes.length - start });
}

async function expectRight(name: string, body: Promise<ObjectBody | null>, start = 0) {
  const read = await collect(await body);
  expect(read.equals(keptAs(name).bytes.subarray(start))).toBe(true);
}

async function expectFailure(
  name: string,
  why: string | typeof StorageUnavailableError,
  stores = bucket.hasty,
) {
  const reading = open(name, stores)
    .then(collect)
    .then(({ length }) => `${length} bytes`);
  await expect(reading).rejects.toThrow(why);
}

function keptAs(name: string) {
  const found = kept.get(name);
  if (found === undefined) throw new Error(`nothing is kept as ${name}`);
  return found;
}

function fault(how: (typeof KINDS)[number], after: number, more: { times?: number } = {}): Fault {
  return how === 'cut' || how === 'short' || how === 'pause'
    ? { how, after, ...more }
    : { how, ...more };
}

describe.each(sizes)('a read of a %s object', (name, size) => {
  it.each(KINDS)('recovers from one fault: %s', async (how) => {
    bucket.proxy.fail(fault(how, size / 2, { times: 1 }));
    await expectRight(name, open(name, bucket.patient));
    expect(bucket.proxy.struck()).toBe(1);
  });

  it.each(KINDS)(
    'fails during the fault, and never passes a part for the whole: %s',
    async (how) => {
      bucket.proxy.fail(fault(how, 5000));
      await expectFailure(name, StorageUnavailableError);
      await bucket.proxy.heal();
      await expectRight(name, open(name, bucket.patient));
    },
  );

  it('fails if the connection is refused', async () => {
    await bucket.proxy.refuse();
    // A refusal must come before the time limit, even on a busy machine.
    await expectFailure(name, 'Nothing listens at the endpoint of AURA_STORAGE', bucket.patient);
    await bucket.proxy.heal();
    await expectRight(name, open(name, bucket.patient));
  });

  it.each([0, size / 2, size - 1])('never returns changed bytes: byte %i', async (after) => {
    bucket.proxy.fail({ how: 'corrupt', after });
    // The bytes have to come to be compared, even on a busy machine.
    await expectFailure(name, 'returned other bytes than were stored', bucket.patient);
  });
});

describe('a large object', () => {
  it('that breaks off repeatedly is resumed', async () => {
    bucket.proxy.fail({ how: 'cut', after: 700_000, times: 4 });
    await expectRight('large', open('large', bucket.patient));
    expect(bucket.proxy.struck()).toBe(4);
  });

  it('that breaks off is resumed within a range', async () => {
    const start = 1_000_003;
    bucket.proxy.fail({ how: 'cut', after: 500_000, times: 2 });
    await expectRight('large', open('large', bucket.patient, start), start);
    expect(bucket.proxy.struck()).toBe(2);
  });

  it('that is not read releases its connection, and can still be read later', async () => {
    bucket.proxy.fail({ how: 'pause', after: 1000, times: 1 });
    const body = await open('large', bucket.patient);
    await bucket.proxy.idle();
    await expectRight('large', Promise.resolve(body));
  });

  it('is not read further after its reader has disconnected', async () => {
    bucket.proxy.fail({ how: 'pause', after: 1_000_000 });
    const body = await open('large', bucket.patient);
    const reader = body?.stream().getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await reader?.cancel();
    await bucket.proxy.idle();
  });

  it('that was deleted meanwhile fails', async () => {
    const { id, size } = await store(randomBytes(1_000_000), bucket.direct);
    bucket.proxy.fail({ how: 'cut', after: 400_000, times: 1 });
    const body = await bucket.patient.objects.read(id, { start: 0, length: size });
    await bucket.direct.objects.remove(id);
    await expect(collect(body).then(({ length }) => length)).rejects.toThrow(
      StorageUnavailableError,
    );
  });
});

describe('a ping', () => {
  it.each(BEFORE_THE_BODY)('fails during the fault: %s', async (how) => {
    await bucket.patient.objects.ping();
    bucket.proxy.fail({ how });
    await expect(bucket.patient.objects.ping()).rejects.toThrow(StorageUnavailableError);
    await bucket.proxy.heal();
    await bucket.patient.objects.ping();
  });
});
