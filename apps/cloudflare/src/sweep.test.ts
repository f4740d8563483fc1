import type { ObjectRow, StoredObject } from '@auraimage/ports';
import { expect, it } from 'vitest';
import { sweepPart } from './sweep.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

it('removes orphans and abandoned drafts, all within 256 hours, and nothing else', async () => {
  const now = Date.now();
  const objects = new Map<string, StoredObject>();
  const add = (id: string, modifiedAt: number) => objects.set(id, { id, size: 1, modifiedAt });
  const rows: ObjectRow[] = [];
  for (let part = 0; part < 256; part++) {
    const start = part.toString(16).padStart(2, '0');
    add(`${start}-orphan`, now - 2 * DAY_MS);
    add(`${start}-upload`, now);
    add(`${start}-used`, now - 2 * DAY_MS);
    const facts = { size: 1, sha256: '', isProjectDeleting: false };
    rows.push({ objectId: `${start}-used`, project: 'my-app', key: `${part}.jpg`, ...facts });
    rows.push({ objectId: `${start}-without`, project: 'my-app', key: `${part}`, ...facts });
  }
  const drafts = new Map([
    ['old', now - 2 * DAY_MS],
    ['new', now],
  ]);
  const ports = {
    inventory: {
      async *objects(prefix = '') {
        yield [...objects.values()]
          .filter(({ id }) => id.startsWith(prefix))
          .sort((a, b) => (a.id < b.id ? -1 : 1));
      },
      async *abandonedUploads() {
        yield [...drafts].map(([name, modifiedAt]) => ({
          name,
          size: 1,
          modifiedAt,
          remove: async () => void drafts.delete(name),
        }));
      },
      has: async (id: string) => objects.has(id),
      removeObject: async (id: string) => void objects.delete(id),
    },
    rows: {
      after: async (id: string, limit: number) =>
        rows.filter(({ objectId }) => objectId > id).slice(0, limit),
      naming: async (ids: readonly string[]) =>
        rows.filter(({ objectId }) => ids.includes(objectId)),
      totals: async () => ({ images: rows.length, bytes: rows.length }),
    },
    images: {
      remove: async () => {
        throw new Error('no row is removed');
      },
    },
  };
  const { signal } = new AbortController();
  await sweepPart(ports, now, signal);
  expect([objects.size, [...drafts.keys()]]).toEqual([3 * 256 - 1, ['new']]);
  for (let hour = 1; hour < 256; hour++) await sweepPart(ports, now + hour * HOUR_MS, signal);
  expect([...objects.keys()].filter((id) => id.endsWith('-orphan'))).toEqual([]);
  expect(objects.size).toBe(2 * 256);
  await expect(sweepPart(ports, now, AbortSignal.abort('late'))).rejects.toBe('late');
});
