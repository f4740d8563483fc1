import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ObjectBody } from '@auraimage/ports';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBufferPool, sendAnswer } from './send-answer.js';

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

describe('sendAnswer', () => {
  const server = createServer();
  beforeEach(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  it('answers with what stands for the failure when a small body cannot be read', async () => {
    const failure = new Error('EIO: i/o error, read');
    const body: ObjectBody = {
      length: 7,
      copyTo() {
        throw failure;
      },
      stream: () => new Blob([]).stream(),
    };
    const failures: unknown[] = [];
    server.once('request', (_incoming, outgoing) => {
      void sendAnswer(
        outgoing,
        { status: 200, headers: { 'Cache-Control': 'public' }, body },
        {
          onFailure: (error) => failures.push(error),
          onUnreadable(error) {
            failures.push(error);
            return {
              status: 503,
              headers: { 'Cache-Control': 'no-store' },
              body: '{"message":"x"}',
            };
          },
        },
      );
    });
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(503);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ message: 'x' });
    expect(failures).toEqual([failure]);
  });
});
