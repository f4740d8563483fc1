import { bytesBody, type DerivedSide, type EncodeWork, type WorkOptions } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { createFindBorder } from './border.js';

const IMAGE = row(newImage('my-app', 1));
const INSIDE = { left: 3, top: 4, width: 5, height: 6 };
const context = { signal: new AbortController().signal, client: '192.0.2.1', onSpent: () => {} };
/** CPU time of a search. */
const SEARCH_MS = 9;

describe('the border of a master', () => {
  let found: () => Promise<typeof INSIDE | null>;
  let searches: number;
  let spent: number;
  let failures: unknown[];
  let entries: Map<string, Uint8Array<ArrayBuffer>>;
  let refusal: { retryAfterSeconds: number } | null;

  beforeEach(() => {
    [searches, spent, failures, entries, refusal] = [0, 0, [], new Map(), null];
    found = async () => INSIDE;
  });

  function finder() {
    const access = { serveSecrets: () => [], rotationsSinceRevoked: 0, masterMetadata: 'keep' };
    const ports = {
      objects: { read: async () => bytesBody(new Uint8Array(3)) },
      images: { find: async () => ({ ...access, image: IMAGE }) },
      engine: {
        version: '1.0',
        findBorder: (_: unknown, __: unknown, ___: number, { onSpent }: WorkOptions) => {
          searches++;
          onSpent?.(SEARCH_MS);
          return found();
        },
      },
      encodeBudget: {
        check: async () => refusal,
        spend: async (_: EncodeWork, milliseconds: number) => {
          spent += milliseconds;
        },
      },
    } as unknown as EdgePorts;
    const borders = createFindBorder(ports, { onFailure: (failure) => failures.push(failure) });
    if (borders === null) throw new Error('the engine finds no borders');
    return borders;
  }
  const source = () => {
    const derived: Partial<DerivedSide> = {
      get: async (_, name) => {
        const bytes = entries.get(name);
        return bytes === undefined ? null : bytesBody(bytes);
      },
      set: async (_, name, bytes) => Boolean(entries.set(name, bytes)),
    };
    return { image: IMAGE, derived: derived as DerivedSide, masterMetadata: 'keep' } as const;
  };

  it.each([INSIDE, null])('is found once for each tolerance, and charged: %o', async (border) => {
    found = async () => border;
    const borders = finder();
    expect(await borders.kept(source(), 10)).toBeUndefined();
    const both = [borders.of(source(), 10, context), borders.of(source(), 10, context)];
    expect(await Promise.all(both)).toEqual([border, border]);
    expect(await finder().of(source(), 10, context)).toEqual(border);
    expect(await borders.kept(source(), 10)).toEqual(border);
    expect([searches, spent]).toEqual([1, SEARCH_MS]);
    await borders.of(source(), 20, context);
    expect(searches).toBe(2);
    expect([...entries.keys()]).toEqual(['v1-1.0-border-10', 'v1-1.0-border-20']);
  });

  it('is an error if the search fails, and not kept', async () => {
    found = async () => {
      throw new Error('out of memory');
    };
    const borders = finder();
    const failed = { code: 'variant_unavailable', retryAfterSeconds: 60 };
    await expect(borders.of(source(), 10, context)).rejects.toMatchObject(failed);
    expect(failures).toHaveLength(1);
    found = async () => INSIDE;
    expect(await borders.of(source(), 10, context)).toEqual(INSIDE);
  });

  it('is not searched for without a budget, but is known if it is kept', async () => {
    await finder().of(source(), 10, context);
    refusal = { retryAfterSeconds: 5 };
    expect(await finder().of(source(), 10, context)).toEqual(INSIDE);
    const refused = { code: 'encode_limit', retryAfterSeconds: 5 };
    await expect(finder().of(source(), 11, context)).rejects.toMatchObject(refused);
    expect(searches).toBe(1);
  });
});
