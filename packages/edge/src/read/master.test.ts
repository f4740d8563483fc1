import { bytesBody, type DerivedSide, type ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { createMasterOf } from './master.js';
import { createCacheControl } from './respond.js';

const IMAGE = row(newImage('my-app', 1, { size: 3, objectId: 'object' }));
const WHOLE = { start: 0, length: 3 };

/** A store whose reads end when the test says so, and a derived store that records what it was given. */
function setUp() {
  const kept = new Set<string>();
  const reads: (() => void)[] = [];
  const state: { row: ImageRecord | null } = { row: IMAGE };
  const ports = {
    images: {
      find: async () =>
        state.row && {
          image: state.row,
          serveSecrets: () => [],
          rotationsSinceRevoked: 0,
          masterMetadata: 'keep' as const,
        },
    },
    objects: {
      read: () =>
        new Promise((resolve) => {
          reads.push(() => resolve(bytesBody(new Uint8Array(3))));
        }),
    },
  } as unknown as EdgePorts;
  const derived: DerivedSide = {
    maxEntryBytes: 100,
    get: async () => null,
    async set({ objectId }) {
      kept.add(objectId);
      return true;
    },
    async remove(id) {
      kept.delete(id);
    },
    names: async () => [],
  };
  const masterOf = createMasterOf(ports, {}, createCacheControl(undefined));
  const master = () => masterOf({ image: IMAGE, derived, masterMetadata: 'keep' }, 0);
  return { master, kept, reads, state };
}

const later = () => new Promise((resolve) => setTimeout(resolve));

describe('a public master without a kept copy', () => {
  it('is read once for concurrent requests, and kept', async () => {
    const { master, kept, reads } = setUp();
    const asked = [1, 2, 3].map(() => master().read(WHOLE));
    await later();
    expect(reads).toHaveLength(1);
    reads[0]?.();
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['MISS', 'MISS', 'MISS']);
    expect([...kept]).toEqual(['object']);
  });

  it.each([
    ['flipped', { ...IMAGE, visibility: 'private', version: 2 } as const],
    ['deleted', null],
  ])('is not kept if it is %s during the read', async (_, latest) => {
    const { master, kept, reads, state } = setUp();
    const asked = master().read(WHOLE);
    await later();
    state.row = latest;
    reads[0]?.();
    await asked;
    expect([...kept]).toEqual([]);
  });
});
