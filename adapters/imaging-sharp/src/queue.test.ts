import { describe, expect, it } from 'vitest';
import { createQueue, type Queue } from './queue.js';

const takeAll = (queue: Queue<string>): string[] => {
  const taken: string[] = [];
  for (let entry = queue.take(); entry !== undefined; entry = queue.take()) taken.push(entry);
  return taken;
};

describe('the queue', () => {
  it('serves owners in turn, and each owner in order', () => {
    const queue = createQueue<string>({ reader: 10, upload: 0 });
    for (const entry of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) {
      expect(queue.add('reader', entry[0] ?? '', entry)).toBeUndefined();
    }
    expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('rejects entries of the owner with the most when it is full', () => {
    const queue = createQueue<string>({ reader: 4, upload: 0 });
    for (const entry of ['a1', 'a2', 'a3', 'a4']) queue.add('reader', 'a', entry);
    expect(queue.add('reader', 'a', 'a5')).toBe('a5');
    expect(queue.add('reader', 'b', 'b1')).toBe('a4');
    expect(queue.add('reader', 'b', 'b2')).toBe('a3');
    // Both owners have two entries: one more of either is rejected itself.
    expect(queue.add('reader', 'b', 'b3')).toBe('b3');
    expect(queue.add('reader', 'c', 'c1')).toMatch(/^[ab]2$/);
    expect(queue.size).toBe(4);
  });

  it('takes an upload after three reads, of any owners', () => {
    const queue = createQueue<string>({ reader: 10, upload: 10 });
    for (const entry of ['r1', 'r2', 'r3', 'r4']) queue.add('reader', entry, entry);
    queue.add('upload', '', 'u1');
    expect(takeAll(queue)).toEqual(['r1', 'r2', 'r3', 'u1', 'r4']);
  });

  it('does not take removed entries', () => {
    const queue = createQueue<string>({ reader: 2, upload: 2 });
    queue.add('reader', 'a', 'a1');
    queue.add('reader', 'a', 'a2');
    expect(queue.remove('a1')).toBe(true);
    expect(queue.remove('a1')).toBe(false);
    expect(takeAll(queue)).toEqual(['a2']);
    expect(queue.remove('a2')).toBe(false);
  });
});
