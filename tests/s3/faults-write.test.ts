import { createHash, randomBytes } from 'node:crypto';
import { StorageUnavailableError } from '@auraimage/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import {
  collect,
  type FaultyBucket,
  openFaultyBucket,
  PART_BYTES,
  store,
} from './support/bucket.js';
import { BEFORE_THE_BODY } from './support/fault-proxy.js';

let bucket: FaultyBucket;

beforeAll(async () => {
  bucket = await openFaultyBucket();
  // The first multipart upload takes seconds in a new cluster.
  await store(randomBytes(4 * PART_BYTES + 1), bucket.direct);
});

afterAll(() => bucket?.close());

beforeEach(() => bucket.proxy.heal());

type EarlyFault = (typeof BEFORE_THE_BODY)[number];
/** Requests at the ends of an upload are repeated as those of its parts, and only a lost one has been done already. */
const AT_ENDS = shortOrLong<readonly EarlyFault[]>(['lose'], BEFORE_THE_BODY);

describe.each<[string, number, string, readonly EarlyFault[]]>([
  ['whole', 300_000, 'PUT', BEFORE_THE_BODY],
  ['in parts', 4 * PART_BYTES + 1_000_000, 'PUT', BEFORE_THE_BODY],
  ['in parts, at its ends', 4 * PART_BYTES + 1_000_000, 'POST', AT_ENDS],
])('an upload %s', (_, size, method, faults) => {
  it.each(faults)('recovers from one fault: %s', async (how) => {
    const bytes = randomBytes(size);
    bucket.proxy.fail({ how, times: 1, method });
    const object = await store(bytes, bucket.patient);
    expect(bucket.proxy.struck()).toBe(1);
    expect(object.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    await expectStored(object.id, bytes);
    expect(await bucket.spooled()).toEqual([]);
  });
});

describe('an upload', () => {
  it.each(BEFORE_THE_BODY)(
    'is refused and leaves nothing during a permanent fault: %s',
    async (how) => {
      const before = await bucket.keys();
      bucket.proxy.fail({ how, method: 'PUT' });
      const draft = await bucket.hasty.objects.create();
      await draft.write(randomBytes(300_000));
      await expect(draft.commit()).rejects.toThrow(StorageUnavailableError);
      await draft.discard();
      expect(await bucket.spooled()).toEqual([]);
      expect(await bucket.keys()).toEqual(before);
      await bucket.proxy.heal();
      const bytes = randomBytes(300_000);
      await expectStored((await store(bytes, bucket.patient)).id, bytes);
    },
  );

  it('fails if the connection is refused', async () => {
    await bucket.proxy.refuse();
    await expect(store(randomBytes(1000), bucket.patient)).rejects.toThrow('Nothing listens');
    expect(await bucket.spooled()).toEqual([]);
  });

  it('never stores changed bytes', async () => {
    const bytes = randomBytes(300_000);
    bucket.proxy.fail({ how: 'corrupt-upload', after: 1000, method: 'PUT' });
    await expect(store(bytes, bucket.hasty)).rejects.toThrow(StorageUnavailableError);
    bucket.proxy.fail({ how: 'corrupt-upload', after: 1000, method: 'PUT', times: 1 });
    await expectStored((await store(bytes, bucket.patient)).id, bytes);
  });
});

async function expectStored(id: string, bytes: Buffer): Promise<void> {
  const body = await bucket.direct.objects.read(id, { start: 0, length: bytes.length });
  expect((await collect(body)).equals(bytes)).toBe(true);
}

describe('deletions', () => {
  it.each(['reset', 'lose', 'slow-down'] as const)('survive a single %s', async (how) => {
    const { proxy, patient, direct } = bucket;
    const { id } = await store(randomBytes(1000), direct);
    proxy.fail({ how, times: 1, method: 'DELETE' });
    await patient.objects.remove(id);
    expect(proxy.struck()).toBe(1);
    expect(await direct.objects.read(id, { start: 0, length: 1000 })).toBeNull();
  });

  it('fail with an error while the store is unavailable', async () => {
    const { proxy, hasty, direct } = bucket;
    const bytes = randomBytes(1000);
    const { id } = await store(bytes, direct);
    await proxy.refuse();
    await expect(hasty.objects.remove(id)).rejects.toThrow(StorageUnavailableError);
    await proxy.heal();
    await expectStored(id, bytes);
  });
});
