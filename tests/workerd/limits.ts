import { env } from 'cloudflare:workers';
import {
  describeAttemptLimiter,
  describeEncodeBudget,
  describeRateLimiter,
} from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createDurableWindows } from '../../adapters/limits/src/durable-object.js';
import {
  ATTEMPT_LIMITS,
  createAttemptLimiter,
  createEncodeBudget,
  createRateLimiter,
} from '../../adapters/limits/src/limiters.js';
import type { MovableLimits } from './support/movable-limits.js';

const KEY = new Uint8Array(32).fill(2);

interface Namespace {
  newUniqueId(): unknown;
  idFromName(name: string): unknown;
  get(id: unknown): Pick<MovableLimits, 'add' | 'find' | 'close' | 'move' | 'count' | 'end'>;
}

const limits = env['LIMITS'] as Namespace;

/** One object without counts, whatever is counted. */
async function open() {
  const id = limits.newUniqueId();
  const namespace = { idFromName: () => id, get: (given: unknown) => limits.get(given) };
  return {
    createWindows: createDurableWindows(namespace, KEY),
    advance: (seconds: number) => limits.get(id).move(seconds * 1000),
    close: async () => {},
  };
}

describeRateLimiter('Durable Objects', async ({ perClient, perProject, seconds }) => {
  const { createWindows, ...setup } = await open();
  const limiter = createRateLimiter(createWindows, {
    perClient: { points: perClient, seconds },
    perProject: { points: perProject, seconds },
  });
  return { ...setup, limiter };
});

describeEncodeBudget('Durable Objects', async (secondsPerMinute) => {
  const { createWindows, ...setup } = await open();
  return { ...setup, budget: createEncodeBudget(createWindows, { secondsPerMinute, key: KEY }) };
});

describeAttemptLimiter('Durable Objects', async (limit) => {
  const kinds = Object.keys(ATTEMPT_LIMITS).map((kind) => [kind, limit] as const);
  const all = { ...ATTEMPT_LIMITS, ...Object.fromEntries(kinds) };
  const { createWindows, ...setup } = await open();
  return { ...setup, limiter: createAttemptLimiter(createWindows, { key: KEY, limits: all }) };
});

describe('limits in Durable Objects', () => {
  const rate = { points: 1, seconds: 60 };

  it('spread over several objects, of which each key has one', async () => {
    const asked: string[] = [];
    const namespace = {
      idFromName(name: string) {
        asked.push(name);
        return limits.idFromName(name);
      },
      get: (id: unknown) => limits.get(id),
    };
    const windows = createDurableWindows(namespace, KEY)('spread', rate);
    for (let key = 0; key < 20; key++) await windows.consume(`key ${key}`);
    expect(new Set(asked).size).toBeGreaterThan(5);
    expect(await windows.consume('key 1')).toBeGreaterThan(0);
    expect(asked.at(-1)).toBe(asked[1]);
  });

  it('that have ended are removed with the first one after a restart', async () => {
    const id = limits.newUniqueId();
    await limits.get(id).add('old', 'ada', 1, 60);
    await expect(limits.get(id).end()).rejects.toThrow();
    await limits.get(id).move(120_000);
    expect(await limits.get(id).count()).toBe(1);
    await limits.get(id).add('new', 'ada', 1, 60);
    expect(await limits.get(id).count()).toBe(1);
    expect(await limits.get(id).find('new', 'ada')).not.toBeNull();
  });

  it('fail when the object does not answer', async () => {
    const namespace = {
      idFromName: (name: string) => name,
      get: () => {
        throw new Error('overloaded');
      },
    };
    const windows = createDurableWindows(namespace, KEY)('away', rate);
    await expect(windows.consume('ada')).rejects.toThrow(/does not answer/);
  });
});
