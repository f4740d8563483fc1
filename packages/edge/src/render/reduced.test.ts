import {
  bytesBody,
  type DerivedSide,
  type EncodeWork,
  fileBody,
  type ImageRecord,
  type Rendering,
  type RenderJob,
  type WorkOptions,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { createRenderer } from './renderer.js';
import { specOf } from './spec.js';

const IMAGE = row(newImage('my-app', 1, { objectId: 'object' }));
const SLOW = { ...IMAGE, type: 'image/heic', width: 4000, height: 3000 } as const;
const PREFIX = 'v1-1.0-';
const REQUESTED = {
  fit: 'cover',
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
const FAILED = { ok: false, code: 'render_failed' } satisfies Rendering;
/** CPU time of every job. */
const JOB_MS = 7;
const context = { signal: new AbortController().signal, client: '192.0.2.1', onSpent: () => {} };

describe('the renderer of a master that takes long to decode', () => {
  let jobs: { job: RenderJob; idle: boolean }[];
  let render: () => Promise<Rendering>;
  let latest: ImageRecord;
  let spent: number;
  let entries: Map<string, Uint8Array<ArrayBuffer>>;
  let kept: DerivedSide;
  /** Whether entries are files for a reader who wants files. */
  let areFiles: boolean;

  const renderer = ({ maxVariantsPerImage = 2 } = {}) => {
    const found = { serveSecrets: () => [], rotationsSinceRevoked: 0, masterMetadata: 'keep' };
    const ports = {
      objects: { read: async () => bytesBody(new Uint8Array(3)) },
      images: { find: async () => ({ ...found, image: latest }) },
      engine: {
        version: '1.0',
        thoroughFormats: new Set(),
        render: (_: unknown, job: RenderJob, { idle = false, onSpent }: WorkOptions) => {
          jobs.push({ job, idle });
          onSpent?.(JOB_MS);
          return render();
        },
      },
      encodeBudget: {
        check: async () => null,
        spend: async (_: EncodeWork, milliseconds: number) => {
          spent += milliseconds;
        },
      },
      clock: { now: () => 0 },
    } as unknown as EdgePorts;
    const onFailure = (failure: unknown) => {
      throw failure;
    };
    return createRenderer(ports, { maxVariantsPerImage, onFailure });
  };
  const specOfImage = (image: ImageRecord, w: number, quality = 80) =>
    specOf(
      { image, derived: kept, masterMetadata: 'keep' },
      { ...REQUESTED, w, quality },
      null,
      '1.0',
    );
  const decoded = () => jobs.map(({ job }) => [job.type, job.scaled.width]);
  beforeEach(() => {
    jobs = [];
    render = async () => DONE;
    latest = SLOW;
    spent = 0;
    entries = new Map();
    areFiles = false;
    kept = sideOf(entries, () => areFiles);
  });

  it('decodes it once for all widths that are asked for at once, and keeps the copy', async () => {
    const { render: make } = renderer();
    const widths = [320, 640, 960];
    await Promise.all(widths.map((w) => make(specOfImage(SLOW, w), 'avif', context)));
    await make(specOfImage(SLOW, 1280), 'avif', context);
    expect(decoded()).toEqual([
      ['image/heic', 2560],
      ...[...widths, 1280].map((w) => ['image/jpeg', w]),
    ]);
    expect([...entries.keys()]).toContain(`${PREFIX}reduced`);
    expect(spent).toBe(5 * JOB_MS);
    expect(jobs.map(({ job }) => job.copy)).toEqual([
      'made',
      ...[...widths, 1280].map(() => 'read'),
    ]);
  });

  it('makes a new copy if the file of the kept one is gone when it is read', async () => {
    const { render: make } = renderer();
    await make(specOfImage(SLOW, 320), 'avif', context);
    areFiles = true;
    jobs = [];
    render = async () => {
      if (jobs.length === 1) throw new Error('ENOENT');
      return DONE;
    };
    const made = await make(specOfImage(SLOW, 640), 'avif', context);
    expect(made?.bytes).toEqual(DONE.bytes);
    expect(decoded()).toEqual([
      ['image/jpeg', 640],
      ['image/heic', 2560],
      ['image/jpeg', 640],
    ]);
  });

  it('does not count the copy as a variant, nor remove it for one', async () => {
    const { render: make } = renderer();
    for (const w of [100, 200, 300]) await make(specOfImage(SLOW, w), 'avif', context);
    expect([...entries.keys()]).toHaveLength(3);
    expect([...entries.keys()]).toContain(`${PREFIX}reduced`);
  });

  it('makes turned and gray variants of the copy, trimmed and sharpened ones of the master', async () => {
    const { render: make } = renderer();
    const part = { left: 9, top: 9, width: 3000, height: 2000 };
    for (const change of [{ orientation: 6 }, { gray: true }, { part }, { sharpen: 1 }] as const) {
      const source = { image: SLOW, derived: kept, masterMetadata: 'keep' } as const;
      const requested = { ...REQUESTED, w: 320, quality: 80, ...change };
      await make(specOf(source, requested, null, '1.0'), 'avif', context);
    }
    expect(jobs.map(({ job }) => job.type)).toEqual([
      'image/heic',
      'image/jpeg',
      'image/jpeg',
      'image/heic',
      'image/heic',
    ]);
  });

  it('goes on for the others if one variant fails, or its client disconnects', async () => {
    const { render: make } = renderer();
    render = async () => (jobs.at(-1)?.job.scaled.width === 640 ? FAILED : DONE);
    const gone = new AbortController();
    const first = make(specOfImage(SLOW, 320), 'avif', { ...context, signal: gone.signal });
    const others = [640, 960].map((w) => make(specOfImage(SLOW, w), 'avif', context));
    gone.abort();
    await expect(first).rejects.toThrow(/abort/i);
    const [failed, made] = await Promise.all(others);
    expect(failed).toBeNull();
    expect(made?.bytes).toEqual(DONE.bytes);
  });

  it('uses the master where the copy would lose something', async () => {
    const { render: make } = renderer();
    const still = SLOW;
    const cases = [
      [{ ...still, hasAlpha: true }, 400, 80],
      [{ ...still, frames: 2 }, 400, 80],
      [still, 400, 95],
      [still, 2400, 80],
      [{ ...still, width: 1200, height: 800 }, 400, 80],
      [{ ...still, type: 'image/png', width: 3000, height: 2000 }, 400, 80],
    ] as const;
    for (const [image, w, q] of cases) {
      latest = image;
      await make(specOfImage(image, w, q), 'avif', context);
    }
    await make(specOfImage(still, 500), 'png', context);
    expect(jobs.map(({ job }) => job.type)).toEqual([
      ...cases.map(([{ type }]) => type),
      still.type,
    ]);
    expect([...entries.keys()]).not.toContain(`${PREFIX}reduced`);
  });

  it('fails like the master if it is broken', async () => {
    render = async () => ({ ok: false, code: 'image_not_decodable' });
    const made = renderer().render(specOfImage(SLOW, 320), 'avif', context);
    await expect(made).rejects.toMatchObject({ code: 'image_not_decodable' });
  });

  it('keeps no copy if the image was flipped in the meantime, and serves the variant', async () => {
    latest = { ...SLOW, version: 2 };
    const made = await renderer().render(specOfImage(SLOW, 320), 'avif', context);
    expect(made?.bytes).toEqual(DONE.bytes);
    expect([...entries.keys()]).toEqual([]);
  });

  it('makes a copy of a large JPEG when idle after some variants, with other names for its variants', async () => {
    const image = { ...SLOW, type: 'image/jpeg' } as const;
    const { render: make } = renderer({ maxVariantsPerImage: 10 });
    for (const w of [100, 200, 300, 400, 500, 600]) {
      await make(specOfImage(image, w), 'avif', context);
    }
    await vi.waitFor(() => expect([...entries.keys()]).toContain(`${PREFIX}reduced`));
    expect(jobs.at(-1)).toMatchObject({ job: { scaled: { width: 2560 } }, idle: true });
    const made = await make(specOfImage(image, 700), 'avif', context);
    expect(made?.name).toBe(`${PREFIX}w700-h525-q80-avif-copied`);
    expect(jobs.map(({ job }) => job.scaled.width)).toEqual([
      ...[100, 200, 300, 400, 500, 600],
      2560,
      700,
    ]);
    areFiles = true;
    render = async () =>
      jobs.at(-1)?.job.scaled.width === 800 && jobs.length === 9 ? FAILED : DONE;
    const other = await make(specOfImage(image, 800), 'avif', context);
    expect(other?.name, 'of the master, if the copy cannot be read').toBe(
      `${PREFIX}w800-h600-q80-avif`,
    );
  });
});

function sideOf(
  entries: Map<string, Uint8Array<ArrayBuffer>>,
  areFiles: () => boolean,
): DerivedSide {
  return {
    maxEntryBytes: 100,
    async get(_, name, as) {
      const bytes = entries.get(name);
      if (bytes === undefined) return null;
      entries.delete(name); // in the order of use
      entries.set(name, bytes);
      if (as !== 'file' || !areFiles()) return bytesBody(bytes);
      const open = () => Promise.reject(new Error('not opened here'));
      return fileBody({ path: `/${name}`, start: 0, length: bytes.length, open });
    },
    async set(_, name, bytes) {
      entries.set(name, bytes);
      return true;
    },
    async remove(_, name) {
      entries.delete(name);
    },
    names: async (_, prefix) => [...entries.keys()].filter((name) => name.startsWith(prefix)),
  };
}
