import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBufferPool, type Piece, readPieces } from './send-file.js';

const SMALL = 16 * 1024;
const LARGE = 256 * 1024;

describe('createBufferPool', () => {
  it.each([0, 1, 4095, 4096, 4097, 100_000, LARGE])('gives a buffer of %i bytes', (length) => {
    expect(createBufferPool().take(length).bytes).toHaveLength(length);
  });

  it('gives at most 256 KB', () => {
    expect(createBufferPool().take(30_000_000).bytes).toHaveLength(LARGE);
  });

  it('reuses released memory for any length that fits', () => {
    const pool = createBufferPool();
    const first = pool.take(100_000);
    first.release();
    const second = pool.take(70_000);
    expect(second.bytes).toHaveLength(70_000);
    expect(second.bytes.buffer).toBe(first.bytes.buffer);
    expect(pool.take(70_000).bytes.buffer).not.toBe(first.bytes.buffer);
  });

  it('never hands out the same memory twice at once', () => {
    const step = fc.record({ length: fc.nat(300_000), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const pool = createBufferPool();
        const taken: Piece[] = [];
        for (const { length, release } of steps) {
          if (release) taken.pop()?.release();
          taken.push(pool.take(length));
          expect(taken.at(-1)?.bytes).toHaveLength(Math.min(length, LARGE));
          expect(new Set(taken.map(({ bytes }) => bytes.buffer)).size).toBe(taken.length);
        }
      }),
    );
  });

  it('keeps at most 8 MB unused', () => {
    const pool = createBufferPool();
    const taken = Array.from({ length: 1000 }, () => pool.take(SMALL));
    const memory = new Set(taken.map(({ bytes }) => bytes.buffer));
    for (const { release } of taken) release();
    const again = Array.from({ length: 1000 }, () => pool.take(SMALL));
    expect(again.filter(({ bytes }) => memory.has(bytes.buffer))).toHaveLength(512);
  });

  it('gives large buffers to few readers, small ones to the others', () => {
    const pool = createBufferPool();
    const taken = Array.from({ length: 100 }, () => pool.take(1_000_000));
    const large = taken.filter(({ bytes }) => bytes.length === LARGE);
    expect(large).toHaveLength(32);
    expect(taken.filter(({ bytes }) => bytes.length === SMALL)).toHaveLength(68);
    large[0]?.release();
    expect(pool.take(1_000_000).bytes).toHaveLength(LARGE);
  });
});

describe('readPieces', () => {
  /** A file of which every byte is in memory. */
  const file = (length: number, onRead: (position: number) => void = () => {}) => {
    let closed = 0;
    return {
      start: 0,
      length,
      open: () => ({
        read(target: Uint8Array, position: number) {
          onRead(position);
          target.fill(position % 251);
          return undefined;
        },
        close: () => void closed++,
      }),
      closed: () => closed,
    };
  };

  it('lets other work in after each megabyte, whatever the number of readers', async () => {
    let read = 0;
    const readers = Array.from({ length: 20 }, () => file(1_000_000, () => void read++));
    const done = Promise.all(
      readers.map(async (each) => {
        for await (const { release } of readPieces(each)) release();
      }),
    );
    const turns: number[] = [];
    for (let before = 0; read < 80; before = read) {
      await new Promise((resolve) => setImmediate(resolve));
      turns.push(read - before);
    }
    await done;
    expect(Math.max(...turns)).toBeLessThanOrEqual(8);
    expect(turns.length).toBeGreaterThanOrEqual(10);
    expect(readers.map(({ closed }) => closed())).toEqual(readers.map(() => 1));
  });

  it('serves readers in turn', async () => {
    const order: string[] = [];
    const read = async (name: string) => {
      for await (const { release } of readPieces(file(3_000_000, () => void order.push(name)))) {
        release();
      }
    };
    await Promise.all([read('a'), read('b')]);
    expect(order.indexOf('b')).toBeLessThan(5);
    expect(order.lastIndexOf('a')).toBeGreaterThan(order.length - 6);
  });

  it('closes the file when its reader stops', async () => {
    const source = file(1_000_000);
    for await (const { release } of readPieces(source)) {
      release();
      break;
    }
    expect(source.closed()).toBe(1);
  });
});
