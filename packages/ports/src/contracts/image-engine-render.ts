import type { VariantFormat } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import type { Focus, ImageEngine, Inspection, Rendering, RenderJob } from '../index.js';
import { bodyOf, type SamplePicture, type SampleRefusal, streamOf } from './pictures.js';

const FORMATS = ['jpeg', 'webp', 'avif', 'png', 'gif'] as const satisfies VariantFormat[];
const KINDS = ['auto', 'face'] as const;

const waiting = () => ({ signal: new AbortController().signal });

/** A variant of half the size. */
function halfOf({ type, width, height }: SamplePicture, format: VariantFormat): RenderJob {
  const scaled = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  return { type, scaled, format, quality: 80, effort: 'fast' };
}

function bytesOf(made: Rendering): Uint8Array<ArrayBuffer> {
  if (!made.ok) throw new Error(`The variant was refused: ${made.code}`);
  return made.bytes;
}

/** What an engine must do as a maker of variants. It inspects what it made itself. */
export function describeRender(
  engine: () => ImageEngine,
  pictures: readonly SamplePicture[],
  refusals: readonly SampleRefusal[],
): void {
  const render = async (picture: SamplePicture, job: RenderJob) =>
    engine().render(bodyOf(await picture.make()), job, waiting());
  const inspectMade = async (made: Rendering, format: VariantFormat): Promise<Inspection> =>
    engine().inspect(bodyOf(bytesOf(made)), `image/${format}`);

  describe.each(FORMATS)('rendering %s', (format) => {
    it.each(pictures)('takes $name', async (picture) => {
      const job = halfOf(picture, format);
      const made = await render(picture, job);
      const keepsFrames = format === 'webp' || format === 'gif';
      expect(await inspectMade(made, format)).toMatchObject({
        ok: true,
        ...job.scaled,
        frames: keepsFrames ? picture.frames : 1,
      });
      const timings = made.ok ? Object.entries(made.timings) : [];
      expect(timings.map(([step]) => step)).toEqual(['decode', 'resize', 'encode']);
      for (const [step, milliseconds] of timings)
        expect(milliseconds, step).toBeGreaterThanOrEqual(0);
    });

    it('never loses alpha that it can keep', async () => {
      // Animations may use alpha for what stays as it was, and encoders see through that.
      const clear = pictures.filter(({ hasAlpha, frames }) => hasAlpha && frames === 1);
      for (const picture of clear) {
        const made = await render(picture, halfOf(picture, format));
        const found = await inspectMade(made, format);
        expect(found, picture.name).toMatchObject({ hasAlpha: format !== 'jpeg' });
      }
    });

    it('cuts a part out, and puts it on a canvas', async () => {
      for (const picture of pictures.filter(({ width, height }) => width > 9 && height > 9)) {
        const { width, height } = picture;
        const crop = { left: 2, top: 3, width: 5, height: 4 };
        const job = { ...halfOf(picture, format), scaled: { width, height }, crop };
        const cut = await inspectMade(await render(picture, job), format);
        expect(cut, picture.name).toMatchObject({ width: 5, height: 4 });
        const canvas = { width: 20, height: 11 };
        const put = await inspectMade(await render(picture, { ...job, canvas }), format);
        expect(put, picture.name).toMatchObject({ ...canvas, hasAlpha: format !== 'jpeg' });
      }
    });
  });

  it('makes the same of a stream as of bytes, and every time', async () => {
    for (const picture of pictures) {
      const job = halfOf(picture, 'webp');
      const bytes = await picture.make();
      const made = bytesOf(await engine().render(bodyOf(bytes), job, waiting()));
      const again = bytesOf(await engine().render(bodyOf(bytes), job, waiting()));
      const streamed = bytesOf(await engine().render(streamOf(bytes), job, waiting()));
      expect(again, picture.name).toEqual(made);
      expect(streamed, picture.name).toEqual(made);
    }
  });

  it.each(FORMATS)('makes %s with more effort in idle time', async (format) => {
    const [picture] = pictures;
    if (picture === undefined) throw new Error('There is no picture');
    const job = halfOf(picture, format);
    const fast = await render(picture, job);
    const body = bodyOf(await picture.make());
    const options = { ...waiting(), idle: true };
    const thorough = await engine().render(body, { ...job, effort: 'thorough' }, options);
    expect(await inspectMade(thorough, format)).toMatchObject({ ok: true, ...job.scaled });
    // Where it can gain nothing it must not be tried: then both are the same.
    if (engine().thoroughFormats.has(format)) expect(bytesOf(thorough)).not.toEqual(bytesOf(fast));
    else expect(bytesOf(thorough)).toEqual(bytesOf(fast));
  });

  it.each(refusals)('makes nothing of $name', async ({ type, make }) => {
    const scaled = { width: 1, height: 1 };
    const job = { type, scaled, format: 'png', quality: 80, effort: 'fast' } as const;
    const made = await engine().render(bodyOf(await make()), job, waiting());
    // Too many frames are none of the still picture's business.
    if (made.ok) expect(await inspectMade(made, 'png')).toMatchObject({ width: 1, height: 1 });
    else expect(made.code).toMatch(/^(image_not_decodable|render_failed)$/);
  });

  it('calls a file of another type than announced broken', async () => {
    for (const picture of pictures) {
      const type = picture.type === 'image/png' ? 'image/jpeg' : 'image/png';
      expect(await render(picture, { ...halfOf(picture, 'png'), type }), picture.name).toEqual({
        ok: false,
        code: 'image_not_decodable',
      });
    }
  });

  it('tells once when the turn of each kind of work has come', async () => {
    const [picture] = pictures;
    if (picture === undefined) throw new Error('there is no picture');
    const body = bodyOf(await picture.make());
    const begun: string[] = [];
    const work = (name: string) => ({ ...waiting(), onBegin: () => void begun.push(name) });
    await engine().inspect(body, picture.type, work('inspect'));
    expect(begun).toEqual(['inspect']);
    await engine().render(body, halfOf(picture, 'png'), work('render'));
    expect(begun).toEqual(['inspect', 'render']);
    await engine().findFocus(body, picture.type, 'auto', work('focus'));
    expect(begun).toEqual(['inspect', 'render', 'focus']);
  });

  it('begins nothing that nobody waits for any more', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    for (const picture of pictures.slice(0, 3)) {
      const body = bodyOf(await picture.make());
      const made = engine().render(body, halfOf(picture, 'avif'), { signal });
      await expect(made).rejects.toThrow('gone');
    }
  });
}

/** What an engine must do as a seeker of what matters. */
export function describeFocus(
  engine: () => ImageEngine,
  pictures: readonly SamplePicture[],
  refusals: readonly SampleRefusal[],
): void {
  describe.each(KINDS)('seeking the focus by %s', (kind) => {
    // Faces take their time, and the seeker sees nothing of the file but its pixels.
    const sought = kind === 'face' ? onePerType(pictures) : pictures;

    it.each(sought)('gives a point inside of $name, or none', async ({ make, type }) => {
      expectInside(await engine().findFocus(bodyOf(await make()), type, kind, waiting()));
    });

    it('finds none in half a picture', async () => {
      for (const { make, type, frames, name } of sought) {
        if (frames > 1) continue;
        const bytes = await make();
        const half = bodyOf(bytes.subarray(0, bytes.length >> 1));
        expect(await engine().findFocus(half, type, kind, waiting()), name).toBeNull();
      }
    });

    it('does not fail at a file that would be refused', async () => {
      for (const { make, type, code } of refusals) {
        if (code === 'image_too_large') continue;
        expectInside(await engine().findFocus(bodyOf(await make()), type, kind, waiting()));
      }
    });
  });
}

function onePerType(pictures: readonly SamplePicture[]): SamplePicture[] {
  return [...new Map(pictures.map((picture) => [picture.type, picture])).values()];
}

function expectInside(focus: Focus): void {
  for (const part of focus === null ? [] : [focus.x, focus.y]) {
    expect(part).toBeGreaterThanOrEqual(0);
    expect(part).toBeLessThanOrEqual(1);
  }
}
