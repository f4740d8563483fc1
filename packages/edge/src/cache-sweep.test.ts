import type { DerivedSide, DerivedStore, ImageVersion } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCacheSweep } from './cache-sweep.js';
import type { EdgePorts } from './ports.js';

describe('the sweep of the cache', () => {
  /** What the database says. */
  let rows: ImageVersion[];
  let entries: Set<string>;
  let asked: number[];
  beforeEach(() => {
    rows = [];
    entries = new Set();
    asked = [];
  });

  const sideOf = (side: string): DerivedSide => ({
    maxEntryBytes: 0,
    get: async () => null,
    set: async () => false,
    async remove(id, name) {
      entries.delete(`${side} ${id} ${name}`);
    },
    names: async (id) =>
      [...entries]
        .map((entry) => entry.split(' '))
        .filter((parts) => parts[0] === side && parts[1] === id)
        .map((parts) => parts[2] ?? ''),
  });
  const derived: DerivedStore = {
    public: sideOf('public'),
    private: sideOf('private'),
    async drop(id) {
      for (const entry of entries) if (entry.split(' ')[1] === id) entries.delete(entry);
    },
    async *objects(limit) {
      const ids = [...new Set([...entries].map((entry) => entry.split(' ')[1] ?? ''))];
      for (let at = 0; at < ids.length; at += limit) yield ids.slice(at, at + limit);
    },
  };
  const sweep = (signal = new AbortController().signal) =>
    createCacheSweep({
      derived,
      engine: { version: '1.0' },
      images: {
        async versionsOf(ids: readonly string[]) {
          asked.push(ids.length);
          return rows.filter(({ objectId }) => ids.includes(objectId));
        },
      },
    } as unknown as EdgePorts)(signal);

  it('keeps what is current', async () => {
    rows = [
      { objectId: 'a', visibility: 'public', version: 1 },
      { objectId: 'b', visibility: 'private', version: 2 },
    ];
    const current = ['public a v1-1.0-w9', 'public a master', 'private b v2-1.0-w9'];
    entries = new Set(current);
    await sweep();
    expect([...entries]).toEqual(current);
  });

  it('removes everything of an image that the database does not have', async () => {
    rows = [{ objectId: 'other', visibility: 'public', version: 1 }];
    entries = new Set([
      'public a v1-1.0-w9',
      'public a master',
      'private a v1-1.0-w9',
      'public other v1-1.0-w9',
    ]);
    await sweep();
    expect([...entries]).toEqual(['public other v1-1.0-w9']);
  });

  it('removes what is on the other side, or of another version', async () => {
    rows = [{ objectId: 'a', visibility: 'private', version: 4 }];
    entries = new Set([
      'public a v1-1.0-w9',
      'public a v3-1.0-w9',
      'public a master',
      'private a v2-1.0-w9',
      'private a v4-1.0-w9',
      'private a v4-1.0-w9-thorough',
      'private a v4-0.9-w9',
      'private a v41-1.0-w9',
    ]);
    await sweep();
    expect([...entries]).toEqual(['private a v4-1.0-w9', 'private a v4-1.0-w9-thorough']);
  });

  it('asks about many objects at once', async () => {
    rows = [{ objectId: 'n7', visibility: 'public', version: 1 }];
    for (let n = 0; n < 500; n++) entries.add(`public n${n} v1-1.0-w9`);
    await sweep();
    expect([...entries]).toEqual(['public n7 v1-1.0-w9']);
    expect(asked).toEqual([200, 200, 100]);
  });

  it('ends before the next query when it is aborted', async () => {
    for (let n = 0; n < 500; n++) entries.add(`public n${n} v1-1.0-w9`);
    await sweep(AbortSignal.abort());
    expect(entries.size).toBe(500);
    expect(asked).toEqual([]);
  });

  it('removes nothing while the database does not respond', async () => {
    entries.add('public a v1-1.0-w9');
    rows = new Proxy(rows, {
      get() {
        throw new Error('unavailable');
      },
    });
    await expect(sweep()).rejects.toThrow('unavailable');
    expect(entries.size).toBe(1);
  });
});
