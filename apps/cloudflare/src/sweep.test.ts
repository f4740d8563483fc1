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
    requireOpen: async () => {
      if (isClosed) throw new Error('closed for changes');
    },
  };
  let isClosed = true;
  const { signal } = new AbortController();
  const whole = objects.size;
  await expect(sweepPart(ports, now, signal)).rejects.toThrow('closed for changes');
  isClosed = false;
  // The objects of another database: many in this part, or few in each.
  const part = (Math.floor(now / HOUR_MS) % 256).toString(16).padStart(2, '0');
  const others = Array.from({ length: 600 }, (_, n) => `${n < 20 ? part : 'xx'}-other-${n}`);
  for (const id of others) add(id, now - 2 * DAY_MS);
  await expect(sweepPart(ports, now, signal)).rejects.toThrow(/21 of 23 objects are of no image/);
  for (const id of others.slice(2, 20)) objects.delete(id);
  await expect(sweepPart(ports, now, signal)).rejects.toThrow(/3 of 5 objects are of no image/);
  for (const id of others.slice(2)) objects.delete(id);
  expect([objects.size, drafts.size]).toEqual([whole + 2, 2]);
  // The part of a small bucket may happen to have orphans only.

  await sweepPart(ports, now, signal);
  expect([objects.size, [...drafts.keys()]]).toEqual([3 * 256 - 1, ['new']]);
  for (let hour = 1; hour < 256; hour++) await sweepPart(ports, now + hour * HOUR_MS, signal);
  expect([...objects.keys()].filter((id) => id.endsWith('-orphan'))).toEqual([]);
  expect(objects.size).toBe(2 * 256);
  await expect(sweepPart(ports, now, AbortSignal.abort('late'))).rejects.toBe('late');
});
