import { env } from 'cloudflare:workers';
import { createR2Inventory, createR2ObjectStore, type R2Bucket } from '@auraimage/objects-r2';
import { StorageUnavailableError } from '@auraimage/ports';
import { describeObjectInventory, describeObjectStore } from '@auraimage/ports/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { allKeys, changed, countingUploads, empty } from './support/bucket.js';

const bucket = env['MASTERS'] as R2Bucket;
/** More than what a draft keeps in memory. */
const LARGE = 6 * 1024 * 1024;

describeObjectStore('R2', async () => {
  const { counted, open } = countingUploads(bucket);
  return {
    store: createR2ObjectStore(counted),
    other: createR2ObjectStore(bucket),
    countAll: async () => (await allKeys(bucket)).length + open(),
    close: () => empty(bucket),
  };
});

describeObjectInventory('R2', async () => ({
  store: createR2ObjectStore(bucket),
  inventory: createR2Inventory(bucket),
  draftBytes: LARGE,
  close: () => empty(bucket),
}));

it('opens a large draft when it is read', async () => {
  let opened = 0;
  const counting = changed(bucket, {
    get(key, options) {
      opened++;
      return bucket.get(key, options);
    },
  });
  const draft = await createR2ObjectStore(counting).create();
  await draft.write(new Uint8Array(LARGE));
  const body = await draft.readBack();
  expect(opened).toBe(0);
  for (let time = 1; time <= 2; time++) {
    expect((await new Response(body.stream()).arrayBuffer()).byteLength).toBe(LARGE);
    expect(opened).toBe(time);
  }
  await draft.discard();
  expect(await allKeys(bucket)).toEqual([]);
});

describe('R2 that fails', () => {
  afterEach(() => empty(bucket));

  const failure = (code: number) => new Error(`get: that did not work. (${code})`);
  /** Does the work, but its first response is lost. */
  const lost = <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) => {
    let calls = 0;
    return async (...args: Args): Promise<T> => {
      const result = await work(...args);
      if (++calls === 1) throw failure(10001);
      return result;
    };
  };
  const draftOf = async (from: R2Bucket, size: number) => {
    const draft = await createR2ObjectStore(from).create();
    await draft.write(new Uint8Array(size));
    return draft;
  };

  it.each([1000, LARGE])('stores %i bytes once, although responses are lost', async (size) => {
    const losing = changed(bucket, {
      put: lost((key, value, options) => bucket.put(key, value, options)),
      async createMultipartUpload(key) {
        const upload = await bucket.createMultipartUpload(key);
        return {
          uploadPart: lost((number, bytes) => upload.uploadPart(number, bytes)),
          complete: lost((parts) => upload.complete(parts)),
          abort: () => upload.abort(),
        };
      },
      delete: lost((key) => bucket.delete(key)),
    });
    const draft = await draftOf(losing, size);
    const { id } = await draft.commit();
    await draft.discard();
    expect(await allKeys(bucket)).toEqual([`objects/${id}`]);
    expect((await createR2ObjectStore(losing).read(id, { start: 0, length: size }))?.length).toBe(
      size,
    );
  });

  it.each([1000, LARGE])('leaves nothing of %i bytes that it refuses', async (size) => {
    const { counted, open } = countingUploads(bucket);
    const full = changed(counted, {
      async put(key, value, options) {
        await bucket.put(key, value, options);
        throw failure(100100);
      },
    });
    const draft = await draftOf(full, size);
    await expect(draft.commit()).rejects.toThrow(StorageUnavailableError);
    await draft.discard();
    expect([await allKeys(bucket), open()]).toEqual([[], 0]);
  });

  it('reports what could not be removed, but not an upload that R2 does not know', async () => {
    const failures: unknown[] = [];
    const onCleanFailure = (error: unknown) => failures.push(error);
    const discardAfter = async (abort: () => never, remove: R2Bucket['delete']) => {
      const failing = changed(bucket, {
        async createMultipartUpload(key) {
          const upload = await bucket.createMultipartUpload(key);
          return {
            uploadPart: (number, bytes) => upload.uploadPart(number, bytes),
            complete: (parts) => upload.complete(parts),
            abort,
          };
        },
        delete: remove,
      });
      const draft = await createR2ObjectStore(failing, { onCleanFailure }).create();
      await draft.write(new Uint8Array(LARGE));
      await draft.discard();
    };
    const fails = (code: number) => () => {
      throw failure(code);
    };
    await discardAfter(fails(10024), (key) => bucket.delete(key));
    expect(failures).toEqual([]);
    await discardAfter(fails(10003), fails(10006));
    expect(failures).toMatchObject([
      { code: 'storage_unavailable', message: expect.stringContaining('denies access') },
      { code: 'storage_unavailable', message: expect.stringContaining('does not exist') },
    ]);
  });

  it('replaces no object, and takes no other one for its own', async () => {
    let key = '';
    const raced = changed(bucket, {
      async put(given, value, options) {
        key = given;
        await bucket.put(given, new Uint8Array(9));
        return bucket.put(given, value, options);
      },
    });
    const draft = await draftOf(raced, 1000);
    await expect(draft.commit()).rejects.toThrow('another object');
    await draft.discard();
    expect((await bucket.head(key))?.size).toBe(9);
  });

  it('is tried again where that may help, and reported with the fix where it cannot', async () => {
    const calls: number[] = [];
    const failing = async (code: number) =>
      createR2ObjectStore(
        changed(bucket, {
          head() {
            calls.push(code);
            throw failure(code);
          },
        }),
      ).read('0'.repeat(32), { start: 0, length: 0 });
    const error = await failing(10043).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('(10043)'),
    });
    await expect(failing(10006)).rejects.toThrow(/wrangler r2 bucket create/);
    expect(calls).toEqual([10043, 10043, 10043, 10043, 10006]);
  });
});
