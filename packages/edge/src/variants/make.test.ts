import { ApiError } from '@auraimage/http';
import {
  EngineBusyError,
  type ImageRecord,
  type Rendering,
  type RenderJob,
  type VariantStore,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { bytesBody } from '../serve/body.js';
import { createVariantMaker } from './make.js';
import { specOf } from './spec.js';

const IMAGE = row(
  newImage('my-app', 1, { visibility: 'private', width: 1200, height: 800, objectId: 'object' }),
);
const WISH = { w: 400, fit: 'cover', quality: 80, formats: ['avif'], negotiated: false } as const;
const DONE = {
  ok: true,
  bytes: new Uint8Array([1, 2, 3]),
  timings: { decode: 1, resize: 2, encode: 4 },
} satisfies Rendering;
const spec = specOf(IMAGE, WISH, null, '1.0');
const errand = { signal: new AbortController().signal, onSpent: () => {} };

describe('the maker of variants', () => {
  let jobs: { job: RenderJob; idle: boolean }[];
  let render: (signal: AbortSignal) => Promise<Rendering>;
  let latest: ImageRecord | null;
  let now: number;
  let wait: number;
  let spent: number;
  let failures: unknown[];
  let kept: ReturnType<typeof memoryStore>;

  beforeEach(() => {
    jobs = [];
    render = async () => DONE;
    latest = IMAGE;
    now = 0;
    wait = 0;
    spent = 0;
    failures = [];
    kept = memoryStore();
  });

  const maker = () => {
    const ports = {
      objects: { read: async () => bytesBody(new Uint8Array(3)) },
      images: { find: async () => latest && { image: latest, serveSecrets: () => [] } },
      engine: {
        version: '1.0',
        render: (_: unknown, job: RenderJob, options: { signal: AbortSignal; idle?: boolean }) => {
          jobs.push({ job, idle: options.idle ?? false });
          return render(options.signal);
        },
      },
      cache: memoryStore(),
      variants: kept,
      encodeBudget: {
        retryAfter: async () => wait,
        spend: async (_: string, milliseconds: number) => {
          spent += milliseconds;
        },
      },
      clock: { now: () => now },
    } as unknown as EdgePorts;
    return createVariantMaker(ports, {
      maxVariantsPerImage: 2,
      onFailure: (failure) => failures.push(failure),
    });
  };

  const code = (made: Promise<unknown>) =>
    made.then(
      () => 'made',
      (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
    );

  it('makes one for all who ask at once, keeps it and takes its time off the budget', async () => {
    const { make } = maker();
    const all = await Promise.all([1, 2, 3].map(() => make(spec, 'avif', errand)));
    expect(all.map((made) => made?.bytes)).toEqual([1, 2, 3].map(() => DONE.bytes));
    expect(jobs).toHaveLength(1);
    expect(jobs[0]?.job).toMatchObject({ scaled: { width: 400, height: 267 }, effort: 'fast' });
    expect(spent).toBe(7);
    expect(kept.names()).toEqual(['v1-1.0-w400-h267-q80-avif']);
  });

  it('keeps nothing of an image that was flipped or deleted meanwhile', async () => {
    for (const later of [{ ...IMAGE, version: 2 }, null]) {
      latest = later;
      expect(await maker().make(spec, 'avif', errand)).not.toBeNull();
      expect(kept.names()).toEqual([]);
    }
  });

  it('gives what it made also where it cannot be kept', async () => {
    const full = new Error('no room');
    kept.set = () => Promise.reject(full);
    expect(await maker().make(spec, 'avif', errand)).not.toBeNull();
    expect(failures).toEqual([full]);
  });

  it('does not try again what failed, for a while', async () => {
    render = async () => ({ ok: false, code: 'render_failed' });
    const { make } = maker();
    expect(await make(spec, 'avif', errand)).toBeNull();
    expect(await make(spec, 'avif', errand)).toBeNull();
    expect(jobs).toHaveLength(1);
    now = 61_000;
    render = async () => DONE;
    expect(await make(spec, 'avif', errand)).not.toBeNull();
  });

  it('says what keeps it from making one', async () => {
    render = async () => ({ ok: false, code: 'image_not_decodable' });
    expect(await code(maker().make(spec, 'avif', errand))).toBe('image_not_decodable');
    render = () => Promise.reject(new EngineBusyError());
    expect(await code(maker().make(spec, 'avif', errand))).toMatch(/EngineBusyError/);
    wait = 7;
    const limited = maker().make(spec, 'avif', errand);
    await expect(limited).rejects.toMatchObject({
      code: 'encode_limit',
      retryAfterSeconds: 7,
    });
    await kept.set('object', 'v1-1.0-one', new Uint8Array(1));
    await kept.set('object', 'v1-1.0-two', new Uint8Array(1));
    expect(await code(maker().make(spec, 'avif', errand))).toBe('variant_limit');
  });

  it('does not count what an earlier engine made, or was made before a flip', async () => {
    for (const name of ['v1-0.9-w1-avif', 'v1-0.9-w2-avif', 'v0-1.0-w1-avif', 'master']) {
      await kept.set('object', name, new Uint8Array(1));
    }
    expect(await code(maker().make(spec, 'avif', errand))).toBe('made');
  });

  it('keeps to the limit where many come at once', async () => {
    const { make } = maker();
    const wishes = [100, 200, 300, 400].map((w) => specOf(IMAGE, { ...WISH, w }, null, '1.0'));
    const codes = await Promise.all(wishes.map((wish) => code(make(wish, 'avif', errand))));
    expect(codes).toEqual(['made', 'made', 'variant_limit', 'variant_limit']);
    expect(kept.names()).toHaveLength(2);
  });

  it('gives the work up when the last one who waits has gone', async () => {
    let aborted = false;
    render = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const gone = new AbortController();
    const made = maker().make(spec, 'avif', { ...errand, signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve));
    expect(jobs).toHaveLength(1);
    gone.abort();
    await expect(made).rejects.toThrow(/abort/i);
    await new Promise((resolve) => setTimeout(resolve));
    expect(aborted).toBe(true);
    expect(kept.names()).toEqual([]);
  });

  it('polishes once, when the engine is idle, and lets the result replace the first', async () => {
    const { make, polish } = maker();
    await make(spec, 'avif', errand);
    polish(spec, 'avif');
    polish(spec, 'avif');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs.map(({ job, idle }) => [job.effort, idle])).toEqual([
      ['fast', false],
      ['thorough', true],
    ]);
    expect(kept.names()).toEqual(['v1-1.0-w400-h267-q80-avif-thorough']);
    expect(spent).toBe(7);
  });

  it('keeps the first bytes, under the final name, where the effort gained none', async () => {
    const { make, polish } = maker();
    await make(spec, 'avif', errand);
    const larger = new Uint8Array([9, 9, 9, 9]);
    render = async () => ({ ...DONE, bytes: larger });
    polish(spec, 'avif');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const [name = ''] = kept.names();
    expect(name).toMatch(/-thorough$/);
    expect((await kept.get('object', name))?.bytes).toEqual(DONE.bytes);
  });

  it('leaves the first one where the store declines what was polished', async () => {
    kept = memoryStore((name) => name.endsWith('-thorough'));
    const { make, polish } = maker();
    await make(spec, 'avif', errand);
    polish(spec, 'avif');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs).toHaveLength(2);
    expect(kept.names()).toEqual(['v1-1.0-w400-h267-q80-avif']);
  });
});

function memoryStore(
  declined: (name: string) => boolean = () => false,
): VariantStore & { names(): string[] } {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    names: () => [...entries.keys()],
    async get(_, name) {
      const bytes = entries.get(name);
      return bytes === undefined ? null : bytesBody(bytes);
    },
    async set(_, name, bytes) {
      if (declined(name)) return false;
      entries.set(name, bytes);
      return true;
    },
    async remove(_, name) {
      entries.delete(name);
    },
    async count(_, prefix) {
      return [...entries.keys()].filter((name) => name.startsWith(prefix)).length;
    },
    async drop() {
      entries.clear();
    },
  };
}
