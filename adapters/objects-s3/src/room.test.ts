import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { S3Client } from './client.js';
import { makeId } from './id.js';
import { keysOf, openBucket } from './testing/bucket.js';
import { createS3VariantStore } from './variants.js';

const BLOCK = 4096;
const MAX = 100 * BLOCK;

let client: S3Client;

beforeEach(async () => {
  client = await openBucket();
});
afterEach(() => client.close());

const blocks = (count: number) => new Uint8Array(count * BLOCK);
const kept = async () => (await keysOf(client, 'variants/')).length;

describe('the room of variants in a bucket', () => {
  it('is never more than it may be, while many write at once, and the newest is kept', async () => {
    const store = createS3VariantStore(client, MAX);
    const id = makeId();
    const write = async (_: unknown, writer: number) => {
      for (let n = 0; n < 10; n++) {
        expect(await store.set(id, `w${writer}-${n}`, blocks(4))).toBe(true);
        expect(await kept()).toBeLessThanOrEqual(MAX / BLOCK / 4);
      }
    };
    await Promise.all(Array.from({ length: 6 }, write));
    expect(await store.set(id, 'last', blocks(4))).toBe(true);
    expect(await store.get(id, 'last')).not.toBeNull();
    expect(await kept()).toBeGreaterThan(MAX / BLOCK / 4 / 2);
  });

  it('goes to what is read, rather than to what is not', async () => {
    const store = createS3VariantStore(client, MAX);
    const id = makeId();
    for (const name of ['read', 'unread']) await store.set(id, name, blocks(5));
    for (let n = 0; n < 40; n++) {
      await store.set(id, `n${n}`, blocks(5));
      expect(await store.get(id, 'read'), `${n}`).not.toBeNull();
    }
    expect(await store.get(id, 'unread')).toBeNull();
  });

  it('is shared by servers, which see what the others wrote', async () => {
    const stores = [1, 2, 3].map(() => createS3VariantStore(client, MAX));
    for (let n = 0; n < 80; n++) {
      for (const [server, store] of stores.entries()) {
        await store.set(makeId(), `s${server}-${n}`, blocks(1));
      }
      expect(await kept()).toBeLessThanOrEqual((MAX / BLOCK) * 1.5);
    }
  });

  it('is counted at a start with what is there', async () => {
    const id = makeId();
    const before = createS3VariantStore(client, MAX);
    for (let n = 0; n < 8; n++) await before.set(id, `n${n}`, blocks(10));
    const after = createS3VariantStore(client, MAX / 2);
    expect(await after.set(id, 'new', blocks(10))).toBe(true);
    expect(await kept()).toBeLessThanOrEqual(5);
    expect(await after.get(id, 'new')).not.toBeNull();
  });

  it('does not take an entry that is larger than all of it, and takes one as large', async () => {
    const store = createS3VariantStore(client, MAX);
    const id = makeId();
    expect(await store.set(id, 'larger', new Uint8Array(MAX + 1))).toBe(false);
    expect(await kept()).toBe(0);
    expect(await store.set(id, 'largest', new Uint8Array(MAX))).toBe(true);
  });

  it('counts, and drops, more entries than fit on a page of a listing', async () => {
    const store = createS3VariantStore(client, 10_000 * BLOCK);
    const id = makeId();
    const names = Array.from({ length: 1005 }, (_, n) => `n${n}`);
    const write = async () => {
      for (let name = names.pop(); name; name = names.pop()) await store.set(id, name, blocks(0));
    };
    await Promise.all(Array.from({ length: 16 }, write));
    expect(await store.count(id, '')).toBe(1005);
    await store.drop(id);
    expect(await store.count(id, '')).toBe(0);
  });
});
