import { ApiError } from '@auraimage/http';
import {
  bytesBody,
  type DerivedSide,
  type EncodeWork,
  EngineBusyError,
  type ImageRecord,
  type Rendering,
  type RenderJob,
  type WorkOptions,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EdgeOptions, RenderFailure } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRenderer } from './renderer.js';
import { specOf } from './spec.js';

const IMAGE = row(
  newImage('my-app', 1, { visibility: 'private', width: 1200, height: 800, objectId: 'object' }),
);
const REQUESTED = {
  w: 400,
  fit: 'cover',
  quality: 80,
  formats: ['avif'],
  negotiated: false,
  takesMaster: false,
  maxEdge: null,
} as const;
const DONE = {
  ok: true,
  bytes: new Uint8Array([1, 2, 3]),
  timings: { decode: 1, resize: 2, encode: 4 },
} satisfies Rendering;
const LARGER = { ...DONE, bytes: new Uint8Array([9, 9, 9, 9]) } satisfies Rendering;
const SMALLER = { ...DONE, bytes: new Uint8Array([1]) } satisfies Rendering;
/** CPU time of every job. */
const JOB_MS = 7;
const CLIENT = '192.0.2.1';
const context = { signal: new AbortController().signal, client: CLIENT, onSpent: () => {} };

describe('the renderer', () => {
  let jobs: { job: RenderJob; idle: boolean }[];
  let render: (signal: AbortSignal) => Promise<Rendering>;
  let latest: ImageRecord | null;
  let now: number;
  let wait: number;
  let spent: number;
  let charged: EncodeWork[];
  let failures: unknown[];
  let entries: Map<string, Uint8Array<ArrayBuffer>>;
  let kept: DerivedSide;
  const spec = (w = 400) =>
    specOf(
      { image: IMAGE, derived: kept, masterMetadata: 'keep' },
      { ...REQUESTED, w },
      null,
      '1.0',
    );

  beforeEach(() => {
    jobs = [];
    render = async () => DONE;
    latest = IMAGE;
    now = 0;
    wait = 0;
    spent = 0;
    charged = [];
    failures = [];
    entries = new Map();
    kept = sideOf(entries);
  });

  const renderer = (options: Pick<EdgeOptions, 'onRenderFailure'> = {}) => {
    const ports = {
      objects: { read: async () => bytesBody(new Uint8Array(3)) },
      images: {
        find: async () =>
          latest && {
            image: latest,
            serveSecrets: () => [],
            rotationsSinceRevoked: 0,
            masterMetadata: 'keep' as const,
          },
      },
      engine: {
        version: '1.0',
        thoroughFormats: new Set(['avif']),
        render: (
          _: unknown,
          job: RenderJob,
          { signal = new AbortController().signal, idle = false, onSpent }: WorkOptions,
        ) => {
          jobs.push({ job, idle });
          onSpent?.(JOB_MS);
          return render(signal);
        },
      },
      encodeBudget: {
        check: async () => (wait > 0 ? { bound: 'project', retryAfterSeconds: wait } : null),
        spend: async (work: EncodeWork, milliseconds: number) => {
          if (milliseconds > 0) charged.push(work);
          spent += milliseconds;
        },
      },
      clock: { now: () => now },
    } as unknown as EdgePorts;
    return createRenderer(ports, {
      maxVariantsPerImage: 2,
      onFailure: (failure) => failures.push(failure),
      ...options,
    });
  };

  const code = (made: Promise<unknown>) =>
    made.then(
      () => 'made',
      (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
    );

  it('makes one for concurrent requests, keeps it and charges its time to the budget', async () => {
    const { render: make } = renderer();
    const all = await Promise.all([1, 2, 3].map(() => make(spec(), 'avif', context)));
    expect(all.map((made) => made?.bytes)).toEqual([1, 2, 3].map(() => DONE.bytes));
    expect(jobs).toHaveLength(1);
    expect(jobs[0]?.job).toMatchObject({ scaled: { width: 400, height: 267 }, effort: 'fast' });
    expect(spent).toBe(JOB_MS);
    const work = { project: 'my-app', image: 'object', client: CLIENT, signed: true };
    expect(charged).toEqual([work]);
    expect([...entries.keys()]).toEqual(['v1-1.0-w400-h267-q80-avif']);
  });

  it('keeps nothing if the image was flipped, deleted or replaced in the meantime', async () => {
    for (const later of [{ ...IMAGE, version: 2 }, null, { ...IMAGE, objectId: 'another' }]) {
      latest = later;
      expect(await renderer().render(spec(), 'avif', context)).not.toBeNull();
      expect([...entries.keys()]).toEqual([]);
    }
  });

  it('returns the variant even if it cannot be kept', async () => {
    const full = new Error('full');
    kept.set = () => Promise.reject(full);
    expect(await renderer().render(spec(), 'avif', context)).not.toBeNull();
    expect(failures).toEqual([full]);
  });

  it('does not retry a failed variant during its cooldown', async () => {
    render = async () => ({ ok: false, code: 'render_failed' });
    const { render: make } = renderer();
    expect(await make(spec(), 'avif', context)).toBeNull();
    expect(await make(spec(), 'avif', context)).toBeNull();
    expect(jobs).toHaveLength(1);
    now = 61_000;
    render = async () => DONE;
    expect(await make(spec(), 'avif', context)).not.toBeNull();
  });

  it('reports what the engine said once for each image and step', async () => {
    const told: RenderFailure[] = [];
    const { render: make } = renderer({ onRenderFailure: (failure) => told.push(failure) });
    const fail = async (reason: string | undefined) => {
      render = async () => ({ ok: false, code: 'render_failed', ...(reason && { reason }) });
      expect(await make(spec(), 'avif', context)).toBeNull();
      now += 61_000;
    };
    await fail(undefined); // a crash, which the engine reports itself
    await fail('encode: out of colours');
    await fail('encode: out of bytes');
    await fail(`draw: ${'x'.repeat(500)}`);
    const { project, key } = IMAGE;
    const failure = { project, key, format: 'avif', code: 'render_failed' };
    expect(told).toEqual([
      { ...failure, reason: 'encode: out of colours' },
      { ...failure, reason: `draw: ${'x'.repeat(194)}` },
    ]);
  });

  it('reports why it cannot make a variant', async () => {
    render = async () => ({ ok: false, code: 'image_not_decodable' });
    expect(await code(renderer().render(spec(), 'avif', context))).toBe('image_not_decodable');
    render = () => Promise.reject(new EngineBusyError());
    expect(await code(renderer().render(spec(), 'avif', context))).toMatch(/EngineBusyError/);
    wait = 7;
    const limited = renderer().render(spec(), 'avif', context);
    await expect(limited).rejects.toMatchObject({
      code: 'encode_limit',
      retryAfterSeconds: 7,
    });
  });

  it('removes the least recently read variant of the image at the limit', async () => {
    const { render: make } = renderer();
    for (const w of [100, 200]) await make(spec(w), 'avif', context);
    await kept.get('object', spec(100).name('avif', 'fast'));
    expect(await code(make(spec(300), 'avif', context))).toBe('made');
    expect([...entries.keys()]).toEqual([100, 300].map((w) => spec(w).name('avif', 'fast')));
  });

  it('does not count what is no current variant of the image', async () => {
    const others = ['v1-0.9-w1-avif', 'v1-0.9-w2-avif', 'v0-1.0-w1-avif', 'master'];
    for (const name of others) await kept.set(IMAGE, name, new Uint8Array(1));
    expect(await code(renderer().render(spec(), 'avif', context))).toBe('made');
    expect([...entries.keys()]).toEqual([...others, spec().name('avif', 'fast')]);
  });

  it('keeps the limit under concurrent requests, and serves them all', async () => {
    const { render: make } = renderer();
    const specs = [100, 200, 300, 400].map((w) => spec(w));
    const codes = await Promise.all(specs.map((each) => code(make(each, 'avif', context))));
    expect(codes).toEqual(['made', 'made', 'made', 'made']);
    expect([...entries.keys()]).toHaveLength(2);
  });

  it('counts a variant once while its re-encoded bytes replace the first', async () => {
    const names = (['fast', 'thorough'] as const).map((effort) => spec(100).name('avif', effort));
    for (const name of names) await kept.set(IMAGE, name, new Uint8Array(1));
    expect(await code(renderer().render(spec(200), 'avif', context))).toBe('made');
    expect([...entries.keys()]).toEqual([...names, spec(200).name('avif', 'fast')]);
    await renderer().render(spec(300), 'avif', context);
    expect([...entries.keys()]).toEqual([200, 300].map((w) => spec(w).name('avif', 'fast')));
  });

  it('aborts the work when the last waiting client has disconnected', async () => {
    let aborted = false;
    render = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const gone = new AbortController();
    const made = renderer().render(spec(), 'avif', { ...context, signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve));
    expect(jobs).toHaveLength(1);
    gone.abort();
    await expect(made).rejects.toThrow(/abort/i);
    await new Promise((resolve) => setTimeout(resolve));
    expect(aborted).toBe(true);
    expect([...entries.keys()]).toEqual([]);
  });

  it('re-encodes once, when the engine is idle, and replaces the first bytes', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    render = async () => SMALLER;
    await find(spec(), 'avif', true);
    await find(spec(), 'avif', true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs.map(({ job, idle }) => [job.effort, idle])).toEqual([
      ['fast', false],
      ['thorough', true],
    ]);
    expect([...entries.keys()]).toEqual(['v1-1.0-w400-h267-q80-avif-thorough']);
    expect(spent).toBe(2 * JOB_MS);
  });

  it('keeps the first bytes, with their name, if the effort saves nothing', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    render = async () => LARGER;
    await find(spec(), 'avif', true);
    await vi.waitFor(() => expect([...entries.keys()]).toEqual([spec().name('avif', 'final')]));
    const found = await find(spec(), 'avif', true);
    expect(found?.name).toBe(spec().name('avif', 'fast'));
    expect(found?.body.bytes).toEqual(DONE.bytes);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs).toHaveLength(2);
  });

  it('never keeps other bytes under a name, even if a read ends after the first bytes were replaced', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    render = async () => LARGER;
    const { get } = kept;
    let finish = () => {};
    const replaced = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let reads = 0;
    kept.get = async (id, name) => {
      const body = await get(id, name);
      // The second read has the first bytes, and goes on when the re-encode that the first asked for has ended.
      if (name === spec().name('avif', 'fast') && ++reads === 1) await replaced;
      return body;
    };
    const slow = find(spec(), 'avif', true);
    await vi.waitFor(() => expect(reads).toBe(1));
    await find(spec(), 'avif', true);
    await vi.waitFor(() => expect([...entries.keys()]).toEqual([spec().name('avif', 'final')]));
    await new Promise((resolve) => setTimeout(resolve, 5));
    finish();
    await slow;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([...entries]).toEqual([[spec().name('avif', 'final'), DONE.bytes]]);
    expect(jobs).toHaveLength(2);
  });

  it('does not bring back a variant that was evicted during its re-encode', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    let finish = () => {};
    render = (signal) => {
      render = async () => DONE;
      return new Promise((resolve) => {
        finish = () => resolve(SMALLER);
        signal.addEventListener('abort', finish);
      });
    };
    await find(spec(), 'avif', true);
    await vi.waitFor(() => expect(jobs).toHaveLength(2));
    for (const w of [500, 600]) await make(spec(w), 'avif', context);
    finish();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([...entries.keys()]).toEqual([500, 600].map((w) => spec(w).name('avif', 'fast')));
  });

  it('charges a re-encode to the project, and does none while its budget is used up', async () => {
    entries.set('v1-1.0-w400-h267-q80-avif', new Uint8Array(9));
    wait = 30;
    const { find } = renderer();
    await find(spec(), 'avif', true);
    await vi.waitFor(() => expect(jobs).toEqual([]));
    wait = 0;
    await find(spec(), 'avif', true);
    await vi.waitFor(() => expect(jobs).toHaveLength(1));
    await vi.waitFor(() => expect(spent).toBe(JOB_MS));
    expect(charged).toEqual([{ project: 'my-app', client: '', signed: false }]);
  });

  it('does not re-encode a format with one effort', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'png', context);
    expect((await find(spec(), 'png', true))?.body.bytes).toEqual(DONE.bytes);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs).toHaveLength(1);
  });

  it('does not try a failed re-encode again for an hour', async () => {
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    render = async () => ({ ok: false, code: 'render_failed' });
    for (const [at, count] of [
      [0, 2],
      [3_599_000, 2],
      [3_601_000, 3],
    ] as const) {
      now = at;
      await find(spec(), 'avif', true);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(jobs, `after ${at} ms`).toHaveLength(count);
    }
  });

  it('keeps the first bytes if the store declines the re-encoded ones', async () => {
    kept = sideOf(entries, (name) => name.endsWith('-thorough'));
    const { render: make, find } = renderer();
    await make(spec(), 'avif', context);
    render = async () => SMALLER;
    await find(spec(), 'avif', true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(jobs).toHaveLength(2);
    expect([...entries.keys()]).toEqual(['v1-1.0-w400-h267-q80-avif']);
  });
});

function sideOf(
  entries: Map<string, Uint8Array<ArrayBuffer>>,
  isDeclined: (name: string) => boolean = () => false,
): DerivedSide {
  return {
    maxEntryBytes: 100,
    async get(_, name) {
      const bytes = entries.get(name);
      if (bytes === undefined) return null;
      entries.delete(name); // in the order of use
      entries.set(name, bytes);
      return bytesBody(bytes);
    },
    async set(_, name, bytes) {
      if (isDeclined(name)) return false;
      entries.set(name, bytes);
      return true;
    },
    async remove(_, name) {
      entries.delete(name);
    },
    names: async (_, prefix) => [...entries.keys()].filter((name) => name.startsWith(prefix)),
  };
}
