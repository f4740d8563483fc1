import type { ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { bytesBody } from './body.js';
import { createMasters } from './master.js';
import { createCacheControl } from './respond.js';

const IMAGE = row(newImage('my-app', 1, { size: 3, objectId: 'object' }));
const WHOLE = { start: 0, length: 3 };

/** A store whose reads end when they are told to, and a cache that remembers what it was given. */
function setUp() {
  const kept = new Set<string>();
  const reads: (() => void)[] = [];
  const state: { row: ImageRecord | null } = { row: IMAGE };
  const ports = {
    images: { find: async () => state.row && { image: state.row, serveSecrets: () => [] } },
    objects: {
      read: () =>
        new Promise((resolve) => {
          reads.push(() => resolve(bytesBody(new Uint8Array(3))));
        }),
    },
    cache: {
      maxEntryBytes: 100,
      get: async () => null,
      set: async (id: string) => kept.add(id),
      remove: async (id: string) => kept.delete(id),
    },
  } as unknown as EdgePorts;
  return { masters: createMasters(ports, createCacheControl(undefined)), kept, reads, state };
}

const later = () => new Promise((resolve) => setTimeout(resolve));

describe('a public master that is not in the edge cache', () => {
  it('is read once for all who ask together, and kept', async () => {
    const { masters, kept, reads } = setUp();
    const asked = [1, 2, 3].map(() => masters.of(IMAGE, 0).read(WHOLE));
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
  ])('is not kept when it was %s while it was read', async (_, latest) => {
    const { masters, kept, reads, state } = setUp();
    const asked = masters.of(IMAGE, 0).read(WHOLE);
    await later();
    state.row = latest;
    reads[0]?.();
    await asked;
    expect([...kept]).toEqual([]);
  });
});
