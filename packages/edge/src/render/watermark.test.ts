import { ApiError } from '@auraimage/http';
import {
  bytesBody,
  type DerivedSide,
  type EncodeWork,
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

const IMAGE = row(
  newImage('my-app', 1, { visibility: 'private', width: 1200, height: 800, objectId: 'object' }),
);
const MARK = row(newImage('my-app', 2, { width: 4000, height: 1000, objectId: 'mark' }));
const HOW = { scale: 0.5, at: { x: 1, y: 0 }, opacity: 0.3, tile: false };
const REQUESTED = {
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
const SMALLER = { ...DONE, bytes: new Uint8Array([1]) } satisfies Rendering;
const context = {
  signal: new AbortController().signal,
  client: '192.0.2.1',
  onSpent: () => {},
};

describe('the watermark of a variant', () => {
  let jobs: RenderJob[];
  let rendering: Rendering;
  let mark: ImageRecord | null;
  let now: number;
  let charged: EncodeWork[];
  let entries: Map<string, Uint8Array<ArrayBuffer>>;
  let marks: Map<string, Uint8Array<ArrayBuffer>>;

  beforeEach(() => {
    [jobs, charged, entries, marks] = [[], [], new Map(), new Map()];
    rendering = DONE;
    mark = MARK;
    now = 0;
  });

  const spec = (w = 400, how = {}, id = 'abc') => {
    const readable = (image: ImageRecord, kept: typeof marks) =>
      ({ image, derived: sideOf(kept), masterMetadata: 'keep' }) as const;
    const watermark = { source: readable(MARK, marks), id, ...HOW, ...how };
    return specOf(readable(IMAGE, entries), { ...REQUESTED, w, watermark }, null, '1.0');
  };

  const renderer = () => {
    const ports = {
      objects: {
        read: async (id: string) =>
          id === MARK.objectId && mark === null ? null : bytesBody(new Uint8Array(3)),
      },
      images: {
        async find({ key }: { readonly key: string }) {
          const image = key === MARK.key ? mark : IMAGE;
          return image && { image };
        },
      },
      engine: {
        version: '1.0',
        thoroughFormats: new Set(['avif']),
        async render(_: unknown, job: RenderJob, { onSpent }: WorkOptions) {
          jobs.push(job);
          onSpent?.(7);
          return rendering;
        },
      },
      encodeBudget: {
        check: async () => null,
        async spend(work: EncodeWork, milliseconds: number) {
          if (milliseconds > 0) charged.push(work);
        },
      },
      clock: { now: () => now },
    } as unknown as EdgePorts;
    const onFailure = (failure: unknown) => {
      throw failure;
    };
    return createRenderer(ports, { maxVariantsPerImage: 2, onFailure });
  };

  const codeOf = (made: Promise<unknown>) =>
    made.then(
      () => 'made',
      (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
    );

  it('is drawn from a PNG of its image, which is made and charged once for many sizes', async () => {
    const { render } = renderer();
    await Promise.all([400, 300].map((w) => render(spec(w), 'avif', context)));
    const [png, ...variants] = jobs;
    // Drawn 200 and 150 pixels wide: a sixteenth of the master is the smallest part that is as large.
    expect(png).toMatchObject({ scaled: { width: 250, height: 63 }, format: 'png' });
    expect([...marks.keys()]).toEqual(['v1-1.0-w250-h63-png']);
    expect(variants).toHaveLength(2);
    for (const { watermark } of variants) {
      const { body, ...how } = watermark ?? {};
      expect(how).toEqual({ ...HOW, type: 'image/png', pixels: 250 * 63 });
      expect(body?.bytes).toEqual(DONE.bytes);
    }
    expect(charged.map(({ image }) => image).sort()).toEqual(['mark', 'object', 'object']);
    await render(spec(500), 'avif', context);
    expect(jobs).toHaveLength(4);
    expect([...entries.keys()]).toContain('v1-1.0-w500-h333-q80-avif-wmabc');
  });

  it('has a PNG of at most two megapixels', async () => {
    await renderer().render(spec(1200, { scale: 1 }), 'avif', context);
    expect(jobs[0]?.scaled).toEqual({ width: 2000, height: 500 });
    mark = { ...MARK, width: 8000, height: 8000 };
    const large = spec(1200, { scale: 1, source: { ...spec().watermark?.source, image: mark } });
    await renderer().render(large, 'avif', context);
    expect(jobs[2]?.scaled).toEqual({ width: 1000, height: 1000 });
  });

  it('that is deleted or cannot be decoded lets nothing be made, until it can', async () => {
    const { render } = renderer();
    mark = null;
    expect(await codeOf(render(spec(), 'avif', context))).toBe('watermark_missing');
    mark = MARK;
    for (const code of ['image_not_decodable', 'render_failed'] as const) {
      rendering = { ok: false, code };
      expect(await codeOf(render(spec(), 'avif', context))).toBe('variant_unavailable');
    }
    expect(jobs.every(({ format }) => format === 'png')).toBe(true);
    expect([...entries.keys()]).toEqual([]);
    rendering = DONE;
    now = 61_000;
    expect(await codeOf(render(spec(), 'avif', context))).toBe('made');
    expect(jobs.at(-1)?.watermark).toBeDefined();
  });

  it('is in the re-encoded variant', async () => {
    const { render, find } = renderer();
    await render(spec(), 'avif', context);
    rendering = SMALLER;
    await find(spec(), 'avif', true);
    const name = 'v1-1.0-w400-h267-q80-avif-wmabc-thorough';
    await vi.waitFor(() => expect([...entries.keys()]).toEqual([name]));
    expect(jobs.map(({ effort, watermark }) => [effort, watermark?.opacity])).toEqual([
      ['fast', undefined],
      ['fast', HOW.opacity],
      ['thorough', HOW.opacity],
    ]);
  });

  it('and many changes have a name that the derived store takes', () => {
    const part = { left: 11_200, top: 80, width: 12_000, height: 3600 };
    const size = { width: 24_000, height: 4000, hasAlpha: true };
    const colours = { gray: true, sharpen: 10, background: 'ff880080' };
    const changes = { orientation: 7, part, ...colours, quality: 100, h: 3000 } as const;
    const readable = {
      image: { ...IMAGE, ...size, version: 999 },
      derived: sideOf(entries),
    } as const;
    const { watermark } = spec(400, {}, 'f'.repeat(16));
    const source = { ...readable, masterMetadata: 'keep' } as const;
    const wanted = { ...REQUESTED, ...changes, w: 1900, watermark };
    const name = specOf(source, wanted, null, 'sharp-0.35.4-vips-8.18.2-99').name(
      'webp',
      'thorough',
    );
    expect(name).toMatch(
      /-flip-r90-.*-gray-s100-.*-x\d+-y\d+-from8n4-28-99c-2s0-wmf{16}-thorough$/,
    );
    expect(name.length).toBeLessThanOrEqual(148);
  });

  it('is a part of the name of the variant', async () => {
    const { render, find } = renderer();
    await render(spec(), 'avif', context);
    expect(await find(spec(400, {}, 'def'), 'avif', false)).toBeNull();
    expect(await find(spec(400, {}, 'abc'), 'avif', false)).not.toBeNull();
  });
});

function sideOf(entries: Map<string, Uint8Array<ArrayBuffer>>): DerivedSide {
  return {
    maxEntryBytes: 100,
    async get(_, name) {
      const bytes = entries.get(name);
      return bytes === undefined ? null : bytesBody(bytes);
    },
    async set(_, name, bytes) {
      entries.set(name, bytes);
      return true;
    },
    async remove(_, name) {
      entries.delete(name);
    },
    names: async () => [...entries.keys()],
  };
}
