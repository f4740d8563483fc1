import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageEngine, Inspection, ObjectBody, SearchingImageEngine } from '../index.js';
import {
  describeBorder,
  describeFocus,
  describeRender,
  onePerTypeAndLength,
} from './image-engine-render.js';
import {
  bodyOf,
  type EngineSamples,
  type SamplePicture,
  type SampleRefusal,
  streamOf,
} from './pictures.js';

/** The suite of {@link ImageEngine}: `open` is called once. */
export function describeImageEngine(
  name: string,
  open: () => Promise<{ readonly engine: ImageEngine; close(): Promise<void> }>,
  samples: EngineSamples,
): void {
  const pictures = samples.pictures.map(madeOnce);
  const refusals = samples.refusals.map(madeOnce);
  const { isLong, isSearching = true } = samples;
  describe(`${name} as ImageEngine`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const inspect = async ({ make, type }: SamplePicture | SampleRefusal) =>
      opened.engine.inspect(bodyOf(await make()), type);

    it.each(pictures)('accepts $name', async (picture) => {
      const found = await inspect(picture);
      const { type, width, height, frames, hasAlpha } = picture;
      expect(found).toMatchObject({ ok: true, type, width, height, frames, hasAlpha });
      // https://github.com/woltapp/blurhash/blob/master/Algorithm.md: at least 1 × 1 components
      expect(blurhashOf(found)).toMatch(/^[\w#$%*+,.:;=?@[\]^{|}~-]{6,}$/);
    });

    it.each(refusals)('refuses $name', async (file) => {
      expect(await inspect(file)).toMatchObject({ ok: false, code: file.code });
    });

    it('never tries another decoder than that of the given type', async () => {
      for (const picture of isLong ? pictures : onePerTypeAndLength(pictures)) {
        const type = picture.type === 'image/png' ? 'image/jpeg' : 'image/png';
        expect(await inspect({ ...picture, type }), picture.name).toEqual({
          ok: false,
          code: 'image_not_decodable',
        });
      }
    });

    it('gives the same result for a stream as for bytes, every time', async () => {
      for (const picture of onePerTypeAndLength(pictures)) {
        const bytes = await picture.make();
        const found = await opened.engine.inspect(bodyOf(bytes), picture.type);
        const again = await opened.engine.inspect(bodyOf(bytes), picture.type);
        const streamed = await opened.engine.inspect(streamOf(bytes), picture.type);
        expect(again, picture.name).toEqual(found);
        expect(streamed, picture.name).toEqual(found);
      }
    });

    it('refuses a truncated still picture', async () => {
      const stills = pictures.filter(({ frames }) => frames === 1);
      for (const { type, make, name: picture } of stills) {
        const bytes = await make();
        const half = bytes.subarray(0, bytes.length >> 1);
        const found = await opened.engine.inspect(bodyOf(half), type);
        expect(found, picture).toEqual({ ok: false, code: 'image_not_decodable' });
      }
    });

    it('rejects instead of refusing if the bytes cannot be read', async () => {
      const [picture] = pictures;
      const failure = new Error('the disk is gone');
      const body: ObjectBody = {
        length: 1000,
        stream: () => new ReadableStream({ pull: (controller) => controller.error(failure) }),
      };
      const inspected = opened.engine.inspect(body, picture?.type ?? 'image/jpeg');
      await expect(inspected).rejects.toThrow();
    });

    it('inspects many files concurrently', async () => {
      const alone: Inspection[] = [];
      const many = isLong ? pictures : onePerTypeAndLength(pictures);
      for (const picture of many) alone.push(await inspect(picture));
      expect(await Promise.all(many.map(inspect))).toEqual(alone);
    });

    it('has a version that is allowed in a name', () => {
      expect(opened.engine.version).toMatch(/^[A-Za-z0-9.-]+$/);
    });

    const made = { ...samples, pictures, refusals };
    describeRender(() => opened.engine, made);
    if (!isSearching) return;
    const searching = (): SearchingImageEngine => {
      const { findFocus, findBorder } = opened.engine;
      if (findFocus === undefined || findBorder === undefined)
        throw new Error('it does not search');
      return { ...opened.engine, findFocus, findBorder };
    };
    describeFocus(searching, made);
    describeBorder(searching, made);
  });
}

/** Many tests take the same file, which often takes longer to make than to look at. */
function madeOnce<T extends SamplePicture | SampleRefusal>(file: T): T {
  let made: Promise<Uint8Array> | undefined;
  const make = async () => {
    made ??= file.make();
    return made;
  };
  return { ...file, make };
}

function blurhashOf(found: Inspection): string {
  return found.ok ? found.blurhash : '';
}
