import { describe, expect, it } from 'vitest';
import { createQueue, type Owner, type Queue } from './queue.js';

const takeAll = (queue: Queue<string>): string[] => {
  const taken: string[] = [];
  for (let entry = queue.take(); entry !== undefined; entry = queue.take()) taken.push(entry);
  return taken;
};

/** Entries are named after project and client: `a:1` is of project a, client 1. */
const ownerOf = (entry: string): Owner => {
  const [project = '', client = ''] = entry.split(/[:.]/);
  return { project, client };
};
const add = (queue: Queue<string>, ...entries: string[]) =>
  entries.map((entry) => queue.add('reader', ownerOf(entry), entry));

describe('the queue', () => {
  it('serves projects in turn, the clients of each in turn, and each client in order', () => {
    const queue = createQueue<string>({ reader: 20, upload: 0 });
    add(queue, 'a:1.1', 'a:1.2', 'a:1.3', 'a:2.1', 'b:1.1', 'c:1.1', 'b:1.2', 'a:2.2');
    expect(takeAll(queue)).toEqual([
      ...['a:1.1', 'b:1.1', 'c:1.1'],
      ...['a:2.1', 'b:1.2', 'a:1.2', 'a:2.2', 'a:1.3'],
    ]);
    expect(queue.size).toBe(0);
  });

  it('rejects entries of the project with the most when it is full', () => {
    const queue = createQueue<string>({ reader: 4, upload: 0 });
    add(queue, 'a:1.1', 'a:1.2', 'a:1.3', 'a:1.4');
    expect(add(queue, 'a:1.5', 'b:1.1', 'b:1.2')).toEqual(['a:1.5', 'a:1.4', 'a:1.3']);
    // Both projects have two entries: one more of either is rejected itself.
    expect(add(queue, 'b:1.3')).toEqual(['b:1.3']);
    expect(add(queue, 'c:1.1')).toEqual([expect.stringMatching(/^[ab]:1.2$/)]);
    expect(queue.size).toBe(4);
  });

  it('rejects entries of the client with the most within a project', () => {
    const queue = createQueue<string>({ reader: 5, upload: 0 });
    add(queue, 'a:1.1', 'a:1.2', 'a:1.3', 'a:2.1', 'b:1.1');
    expect(add(queue, 'a:2.2')).toEqual(['a:1.3']);
    expect(add(queue, 'a:2.3', 'a:3.1')).toEqual(['a:2.3', expect.stringMatching(/^a:[12].2$/)]);
    expect(add(queue, 'b:2.1')).toEqual([expect.stringMatching(/^a:[12].2$/)]);
    expect(queue.size).toBe(5);
  });

  it('takes an upload after three reads, of any owners', () => {
    const queue = createQueue<string>({ reader: 10, upload: 10 });
    add(queue, 'r1', 'r2', 'r3', 'r4');
    queue.add('upload', ownerOf('r1'), 'u1');
    expect(takeAll(queue)).toEqual(['r1', 'r2', 'r3', 'u1', 'r4']);
  });

  it('passes over entries that are not accepted', () => {
    const queue = createQueue<string>({ reader: 10, upload: 10 });
    add(queue, 'a:1.long', 'a:1.short', 'b:1.long');
    queue.add('upload', ownerOf('c:1'), 'c:1.short');
    const isShort = (entry: string) => entry.endsWith('short');
    expect([queue.take(isShort), queue.take(isShort), queue.take(isShort)]).toEqual([
      'a:1.short',
      'c:1.short',
      undefined,
    ]);
    expect(takeAll(queue).sort()).toEqual(['a:1.long', 'b:1.long']);
  });

  it('does not take removed entries', () => {
    const queue = createQueue<string>({ reader: 2, upload: 2 });
    add(queue, 'a:1.1', 'a:1.2');
    expect(queue.remove('a:1.1')).toBe(true);
    expect(queue.remove('a:1.1')).toBe(false);
    expect(takeAll(queue)).toEqual(['a:1.2']);
    expect(queue.remove('a:1.2')).toBe(false);
  });
});
