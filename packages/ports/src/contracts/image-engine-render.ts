import type { VariantFormat } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import type {
  Focus,
  ImageEngine,
  Inspection,
  Rendering,
  RenderJob,
  SearchingImageEngine,
} from '../index.js';
import {
  bodyOf,
  type EngineSamples,
  type SamplePicture,
  type SampleRefusal,
  streamOf,
} from './pictures.js';

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

/** The tests of rendering. The engine inspects its own variants. */
export function describeRender(
  engine: () => ImageEngine,
  { pictures, refusals, isLong, isSearching = true, simulatedFormats }: EngineSamples,
): void {
  const formats = simulatedFormats ?? FORMATS;
  const render = async (picture: SamplePicture, job: RenderJob) =>
    engine().render(bodyOf(await picture.make()), job, waiting());
  const inspectMade = async (made: Rendering, format: VariantFormat): Promise<Inspection> =>
    engine().inspect(bodyOf(bytesOf(made)), `image/${format}`);

  describe.each(formats)('rendering %s', (format) => {
    // A format changes nothing about how a picture is decoded, cut and resized, but that some keep all frames.
    const choose = (from: readonly SamplePicture[]) =>
      isLong || format === 'webp' ? from : onePerLength(from);
    it.each(choose(pictures))('renders $name', async (picture) => {
      const job = halfOf(picture, format);
      const made = await render(picture, job);
      const keepsFrames = format === 'webp' || format === 'gif';
      expect(await inspectMade(made, format)).toMatchObject({
        ok: true,
        ...job.scaled,
        frames: keepsFrames && simulatedFormats === undefined ? picture.frames : 1,
      });
      const timings = made.ok ? Object.entries(made.timings) : [];
      expect(timings.map(([step]) => step)).toEqual(['decode', 'resize', 'encode']);
      for (const [step, milliseconds] of timings)
        expect(milliseconds, step).toBeGreaterThanOrEqual(0);
    });

    it('never loses alpha that it can keep', async () => {
      // Animations may use alpha for unchanged pixels, and encoders remove that.
      const clear = pictures.filter(({ hasAlpha, frames }) => hasAlpha && frames === 1);
      for (const picture of isLong || format === 'webp' ? clear : onePerType(clear)) {
        const made = await render(picture, halfOf(picture, format));
        const found = await inspectMade(made, format);
        expect(found, picture.name).toMatchObject({ hasAlpha: format !== 'jpeg' });
      }
    });

    it('crops, and puts the result on a canvas', async () => {
      const large = pictures.filter(({ width, height }) => width > 9 && height > 9);
      for (const picture of isLong ? large : choose(onePerTypeAndLength(large))) {
        const { width, height } = picture;
        const crop = { left: 2, top: 3, width: 5, height: 4 };
        const job = { ...halfOf(picture, format), scaled: { width, height }, crop };
        const cut = await inspectMade(await render(picture, job), format);
        expect(cut, picture.name).toMatchObject({ width: 5, height: 4 });
        const canvas = { width: 20, height: 11 };
        const put = await inspectMade(await render(picture, { ...job, canvas }), format);
        const alpha = simulatedFormats === undefined ? { hasAlpha: format !== 'jpeg' } : {};
        expect(put, picture.name).toMatchObject({ ...canvas, ...alpha });
      }
    });
  });

  it('renders the same from a stream as from bytes, every time', async () => {
    for (const picture of onePerTypeAndLength(pictures)) {
      const job = halfOf(picture, 'webp');
      const bytes = await picture.make();
      const made = bytesOf(await engine().render(bodyOf(bytes), job, waiting()));
      const again = bytesOf(await engine().render(bodyOf(bytes), job, waiting()));
      const streamed = bytesOf(await engine().render(streamOf(bytes), job, waiting()));
      expect(again, picture.name).toEqual(made);
      expect(streamed, picture.name).toEqual(made);
    }
  });

  it.each(formats)('renders %s with more effort when idle', async (format) => {
    const [picture] = pictures;
    if (picture === undefined) throw new Error('There is no picture');
    const job = halfOf(picture, format);
    const fast = await render(picture, job);
    const body = bodyOf(await picture.make());
    const options = { ...waiting(), idle: true };
    const thorough = await engine().render(body, { ...job, effort: 'thorough' }, options);
    expect(await inspectMade(thorough, format)).toMatchObject({ ok: true, ...job.scaled });
    // Without a thorough effort both results must be equal.
    if (engine().thoroughFormats.has(format)) expect(bytesOf(thorough)).not.toEqual(bytesOf(fast));
    else expect(bytesOf(thorough)).toEqual(bytesOf(fast));
  });

  it.each(refusals.filter(({ isSlow }) => !isSlow))(
    'refuses to render $name',
    async ({ type, make }) => {
      const scaled = { width: 1, height: 1 };
      const job = { type, scaled, format: 'png', quality: 80, effort: 'fast' } as const;
      const made = await engine().render(bodyOf(await make()), job, waiting());
      // A still picture ignores the number of frames.
      if (made.ok) expect(await inspectMade(made, 'png')).toMatchObject({ width: 1, height: 1 });
      else {
        expect(made.code).toMatch(/^(image_not_decodable|render_failed)$/);
        expect(made.reason ?? 'crashed').toMatch(/^[ -~]{5,200}$/);
      }
    },
  );

  it('reports a file of another type than given as broken', async () => {
    for (const picture of isLong ? pictures : onePerTypeAndLength(pictures)) {
      const type = picture.type === 'image/png' ? 'image/jpeg' : 'image/png';
      expect(
        await render(picture, { ...halfOf(picture, 'png'), type }),
        picture.name,
      ).toMatchObject({
        ok: false,
        code: 'image_not_decodable',
      });
    }
  });

  it('reports once when each kind of work leaves the queue', async () => {
    const [picture] = pictures;
    if (picture === undefined) throw new Error('there is no picture');
    const body = bodyOf(await picture.make());
    const begun: string[] = [];
    const work = (name: string) => ({ ...waiting(), onBegin: () => void begun.push(name) });
    await engine().inspect(body, picture.type, work('inspect'));
    expect(begun).toEqual(['inspect']);
    await engine().render(body, halfOf(picture, 'png'), work('render'));
    expect(begun).toEqual(['inspect', 'render']);
    await engine().removeMetadata(body, picture.type, work('metadata'));
    expect(begun).toEqual(['inspect', 'render', 'metadata']);
    if (!isSearching) return;
    await engine().findFocus?.(body, picture.type, 'auto', work('focus'));
    expect(begun).toEqual(['inspect', 'render', 'metadata', 'focus']);
  });

  it('reports the CPU time of each kind of work, also of a refusal', async () => {
    const [picture] = pictures;
    if (picture === undefined) throw new Error('there is no picture');
    const bytes = await picture.make();
    const work = [
      (onSpent: (ms: number) => void) => engine().inspect(bodyOf(bytes), picture.type, { onSpent }),
      (onSpent: (ms: number) => void) =>
        engine().inspect(bodyOf(bytes.subarray(0, 20)), picture.type, { onSpent }),
      (onSpent: (ms: number) => void) =>
        engine().render(bodyOf(bytes), halfOf(picture, 'png'), { onSpent }),
      (onSpent: (ms: number) => void) =>
        isSearching
          ? engine().findFocus?.(bodyOf(bytes), picture.type, 'auto', { onSpent })
          : engine().removeMetadata(bodyOf(bytes), picture.type, { onSpent }),
    ];
    for (const run of work) {
      const spent: number[] = [];
      await run((ms) => spent.push(ms));
      expect(spent).toEqual([expect.any(Number)]);
      expect(spent[0]).toBeGreaterThan(0);
    }
  });

  it('does not start aborted work', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    for (const picture of pictures.slice(0, 3)) {
      const body = bodyOf(await picture.make());
      await expect(engine().inspect(body, picture.type, { signal })).rejects.toThrow('gone');
      const made = engine().render(body, halfOf(picture, 'avif'), { signal });
      await expect(made).rejects.toThrow('gone');
    }
  });
}

/** The tests of the focus. */
export function describeFocus(
  engine: () => SearchingImageEngine,
  { pictures, refusals, isLong }: EngineSamples,
): void {
  describe.each(KINDS)('finding the focus by %s', (kind) => {
    // Few files, because finding faces is slow and depends on the pixels only. The decoder is that of a render.
    const soughtOf = <T extends SamplePicture | SampleRefusal>(files: readonly T[]) =>
      kind === 'face' ? onePerType(files).slice(0, isLong ? undefined : 2) : files;
    const sought = soughtOf(isLong ? pictures : onePerTypeAndLength(pictures));

    it.each(sought)('returns a point inside of $name, or none', async ({ make, type }) => {
      expectInside(await engine().findFocus(bodyOf(await make()), type, kind, waiting()));
    });

    it('finds none in a truncated picture', async () => {
      for (const { make, type, frames, name } of sought) {
        if (frames > 1) continue;
        const bytes = await make();
        const half = bodyOf(bytes.subarray(0, bytes.length >> 1));
        expect(await engine().findFocus(half, type, kind, waiting()), name).toBeNull();
      }
    });

    it('does not reject for a file that would be refused', async () => {
      const broken = refusals.filter(({ code }) => code !== 'image_too_large');
      const files = isLong ? broken : onePerType(broken);
      for (const { make, type } of soughtOf(files)) {
        expectInside(await engine().findFocus(bodyOf(await make()), type, kind, waiting()));
      }
    });
  });
}

/** The tests of the border. What it finds is a matter of the adapter's own tests. */
export function describeBorder(
  engine: () => SearchingImageEngine,
  { pictures, refusals }: EngineSamples,
): void {
  it('finds a part inside of every picture without its border, or none', async () => {
    for (const { make, type, width, height, name } of onePerType(pictures)) {
      const found = await engine().findBorder(bodyOf(await make()), type, 10, waiting());
      if (found === null) continue;
      expect(Math.min(found.left, found.top), name).toBeGreaterThanOrEqual(0);
      expect(Math.min(found.width, found.height), name).toBeGreaterThan(0);
      expect(found.left + found.width, name).toBeLessThanOrEqual(width);
      expect(found.top + found.height, name).toBeLessThanOrEqual(height);
    }
  });

  it('finds no border in a file that is broken', async () => {
    const broken = refusals.filter(({ code }) => code === 'image_not_decodable');
    for (const { make, type, name } of onePerType(broken)) {
      const found = engine().findBorder(bodyOf(await make()), type, 10, waiting());
      expect(await found, name).toBeNull();
    }
  });
}

function onePerType<T extends SamplePicture | SampleRefusal>(files: readonly T[]): T[] {
  return [...new Map(files.map((file) => [file.type, file])).values()];
}

const isAnimated = ({ frames }: SamplePicture) => frames > 1;

/** One picture and one animation. */
function onePerLength(pictures: readonly SamplePicture[]): SamplePicture[] {
  return [false, true].flatMap(
    (animated) => pictures.find((picture) => isAnimated(picture) === animated) ?? [],
  );
}

/** One picture and one animation of each type. */
export function onePerTypeAndLength(pictures: readonly SamplePicture[]): SamplePicture[] {
  return [
    ...onePerType(pictures.filter((picture) => !isAnimated(picture))),
    ...onePerType(pictures.filter(isAnimated)),
  ];
}

function expectInside(focus: Focus): void {
  for (const part of focus === null ? [] : [focus.x, focus.y]) {
    expect(part).toBeGreaterThanOrEqual(0);
    expect(part).toBeLessThanOrEqual(1);
  }
}
