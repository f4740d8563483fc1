import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBufferPool } from './send-answer.js';

describe('createBufferPool', () => {
  it.each([0, 1, 4095, 4096, 4097, 100_000, 262_144])('gives a buffer of %i bytes', (length) => {
    expect(createBufferPool().take(length)).toHaveLength(length);
  });

  it('reuses released memory for any length that fits', () => {
    const pool = createBufferPool();
    const first = pool.take(100_000);
    pool.release(first);
    const second = pool.take(70_000);
    expect(second).toHaveLength(70_000);
    expect(second.buffer).toBe(first.buffer);
    expect(pool.take(70_000).buffer).not.toBe(first.buffer);
  });

  it('never hands out the same memory twice at once', () => {
    const step = fc.record({ length: fc.nat(300_000), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const pool = createBufferPool();
        const taken: Buffer[] = [];
        for (const { length, release } of steps) {
          const back = release ? taken.pop() : undefined;
          if (back !== undefined) pool.release(back);
          taken.push(pool.take(length));
          expect(taken.at(-1)).toHaveLength(length);
          expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(taken.length);
        }
      }),
    );
  });

  it('keeps at most 16 MB unused', () => {
    const pool = createBufferPool();
    const taken = Array.from({ length: 100 }, () => pool.take(262_144));
    const memory = new Set(taken.map(({ buffer }) => buffer));
    for (const buffer of taken) pool.release(buffer);
    const again = Array.from({ length: 100 }, () => pool.take(262_144));
    const kept = again.filter(({ buffer }) => memory.has(buffer));
    expect(kept).toHaveLength(64);
  });
});
