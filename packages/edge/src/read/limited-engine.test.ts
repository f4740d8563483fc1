import type { ImageEngine, ImageRecord, RenderJob } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createReadEdge } from '../testing/read-edge.js';

const BYTES = new Uint8Array([1, 2, 3]);

/** An edge whose engine neither searches nor makes AVIF of more than 50 pixels or anything of a TIFF. */
function setUp(changes: Partial<ImageRecord> = {}, visibility: 'public' | 'private' = 'public') {
  const made: RenderJob[] = [];
  const canRender: ImageEngine['canRender'] = ({ type, format, scaled }) =>
    type !== 'image/tiff' && (format !== 'avif' || scaled.width <= 50);
  const engine = {
    findFocus: undefined,
    findBorder: undefined,
    canRender,
    async render(_: unknown, job: RenderJob) {
      made.push(job);
      return { ok: true, bytes: BYTES, timings: { decode: 0, resize: 0, encode: 0 } };
    },
  };
  const fresh = newImage('my-app', 1, { visibility, size: 900, width: 90, height: 60 });
  return { ...createReadEdge(row(fresh, changes), engine), made };
}

const refused = (message: string) => ({
  status: 501,
  code: 'transform_not_supported',
  message,
});

async function refusalAt(edge: ReturnType<typeof setUp>, query: string, method = 'GET') {
  const { status, headers, body } = await edge.answer(query, method, { Accept: 'image/avif' });
  const text = typeof body === 'string' ? body : '';
  const message = method === 'HEAD' ? undefined : JSON.parse(text).message;
  return { status, code: headers['X-Aura-Error'], message };
}

describe('an engine that cannot find borders', () => {
  it.each(['GET', 'HEAD'])('refuses trim before it reads anything: %s', async (method) => {
    const edge = setUp();
    const found = await refusalAt(edge, 'w=40&trim=true', method);
    expect(found).toMatchObject({ status: 501, code: 'transform_not_supported' });
    if (method === 'GET') expect(found).toEqual(refused('This server does not support "trim"'));
    expect([edge.made, edge.touched()]).toEqual([[], []]);
  });

  it('tells nobody but whom the access check lets in', async () => {
    const edge = setUp({}, 'private');
    expect(await edge.ask('w=40&trim=true')).toBe('signed_token_required');
    const token = await edge.token();
    expect(await edge.ask(`w=40&trim=true&token=${token}`)).toBe('transform_not_supported');
  });
});

describe('an engine that finds the focus while it crops', () => {
  it.each(['face', 'auto'] as const)('gets the size of the crop for fit=%s', async (fit) => {
    const edge = setUp();
    const { status, headers } = await edge.answer(`w=30&h=30&fit=${fit}`);
    expect([status, headers['X-Aura-Smart-Crop']]).toEqual([200, undefined]);
    const [job] = edge.made;
    expect(job).toMatchObject({
      scaled: { width: 45, height: 30 },
      cropAround: { width: 30, height: 30, focus: fit },
    });
    expect(job).not.toHaveProperty('crop');
    expect(headers['ETag']).toContain(`-${fit}"`);
  });

  it('turns what it has cut', async () => {
    const edge = setUp();
    await edge.ask('w=20&h=40&fit=face&rotate=90');
    expect(edge.made[0]).toMatchObject({
      scaled: { width: 40, height: 27 },
      cropAround: { width: 40, height: 20, focus: 'face' },
      orientation: 6,
    });
  });

  it('crops around what the image is known to show', async () => {
    const edge = setUp({ focus: { face: { x: 1, y: 0 } } });
    const { headers } = await edge.answer('w=30&h=30&fit=face');
    expect(headers['X-Aura-Smart-Crop']).toBe('ok');
    expect(edge.made[0]).toMatchObject({ crop: { left: 15, top: 0, width: 30, height: 30 } });
    const faceless = setUp({ focus: { face: null } });
    await faceless.ask('w=30&h=30&fit=face');
    expect(faceless.made[0]).toMatchObject({ crop: { left: 8, top: 0, width: 30, height: 30 } });
  });

  it('crops by itself neither by cover nor where nothing is cropped', async () => {
    for (const query of ['w=30&h=30', 'w=30&fit=face', 'w=30&h=20&fit=auto']) {
      const edge = setUp();
      await edge.ask(query);
      expect(edge.made[0], query).not.toHaveProperty('cropAround');
    }
  });
});

describe('an engine that cannot make a format', () => {
  it('makes the next one, which is no fallback', async () => {
    const edge = setUp();
    const accept = { Accept: 'image/avif,image/webp' };
    const { headers } = await edge.answer('w=60', 'GET', accept);
    expect(headers).toMatchObject({
      'Content-Type': 'image/webp',
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept',
    });
    const { headers: small } = await edge.answer('w=50', 'GET', accept);
    expect(small['Content-Type']).toBe('image/avif');
    const { headers: head } = await edge.answer('w=60&q=9', 'HEAD', accept);
    expect(head['Content-Type']).toBe('image/webp');
  });

  it('refuses a format that the address names', async () => {
    const edge = setUp();
    const message = 'This server does not support "fmt=avif" for this image in this size';
    expect(await refusalAt(edge, 'w=60&fmt=avif')).toEqual(refused(message));
    expect(await edge.ask('w=50&fmt=avif')).toBe(200);
    expect(edge.made.map(({ format }) => format)).toEqual(['avif']);
  });

  it('refuses every variant of a master that it does not decode, and sends the master', async () => {
    const edge = setUp({ type: 'image/tiff' });
    const message = 'This server cannot make this variant of image/tiff';
    expect(await refusalAt(edge, 'w=60')).toEqual(refused(message));
    expect(await edge.ask('')).toBe(200);
    expect(edge.made).toEqual([]);
  });
});
