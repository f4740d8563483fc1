import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReceiptKey, ReceiptKeys } from '../index.js';

/** A database without receipt keys. */
export interface ReceiptKeysSetup {
  readonly receiptKeys: ReceiptKeys;
  /** The same keys through another connection, as another process has them. */
  readonly other: ReceiptKeys;
  close(): Promise<void>;
}

const BYTES_32 = /^[\w-]{43}$/;

/** Declares the suite of `ReceiptKeys`. Every test gets its own `setUp`. */
export function describeReceiptKeys(name: string, setUp: () => Promise<ReceiptKeysSetup>): void {
  describe(`${name} as ReceiptKeys`, () => {
    let setup: ReceiptKeysSetup;
    beforeEach(async () => {
      setup = await setUp();
    });
    afterEach(() => setup.close());

    const ids = (keys: readonly ReceiptKey[]) => keys.map(({ id }) => id);

    it('creates one key on first use, however many ask at once', async () => {
      const { receiptKeys, other } = setup;
      const keys = await Promise.all(Array.from({ length: 6 }, () => receiptKeys.signingKey()));
      const { id, publicKey, privateKey } = await other.signingKey();
      for (const half of [id, publicKey, privateKey]) expect(half).toMatch(BYTES_32);
      for (const key of keys) expect(key).toEqual({ id, publicKey, privateKey });
      expect(await other.publicKeys()).toEqual([{ id, publicKey }]);
    });

    it('creates the key for whoever asks for public keys first, without its private half', async () => {
      const [key, ...others] = await setup.receiptKeys.publicKeys();
      expect(others).toEqual([]);
      const { privateKey, ...publicHalf } = await setup.other.signingKey();
      expect(key).toEqual(publicHalf);
      expect(JSON.stringify(key)).not.toContain(privateKey);
    });

    it('signs with the new key after a rotation, in every process, and keeps earlier ones', async () => {
      const { receiptKeys, other } = setup;
      const first = await receiptKeys.signingKey();
      const second = await other.rotate(true);
      expect(second.id).not.toBe(first.id);
      expect(await receiptKeys.signingKey()).toMatchObject(second);
      const third = await receiptKeys.rotate(true);
      expect(await other.signingKey()).toMatchObject(third);
      expect(ids(await other.publicKeys())).toEqual([third.id, second.id, first.id]);
    });

    it('removes earlier keys if a rotation says so', async () => {
      const { receiptKeys, other } = setup;
      await receiptKeys.rotate(true);
      await receiptKeys.rotate(true);
      const last = await receiptKeys.rotate(false);
      expect(await other.publicKeys()).toEqual([last]);
      expect(await other.signingKey()).toMatchObject(last);
    });

    it('has one key that signs after concurrent rotations', async () => {
      const { receiptKeys, other } = setup;
      const made = await Promise.all([1, 2, 3].map(() => receiptKeys.rotate(true)));
      const { id } = await receiptKeys.signingKey();
      expect((await other.signingKey()).id).toBe(id);
      const keys = ids(await other.publicKeys());
      expect(keys[0]).toBe(id);
      expect(keys.toSorted()).toEqual(ids(made).toSorted());
    });
  });
}
