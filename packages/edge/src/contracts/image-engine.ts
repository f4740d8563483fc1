import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageEngine, Inspection, ObjectBody } from '../ports.js';

type Type = Parameters<ImageEngine['inspect']>[1];

/** A file that the engine takes. */
export interface SamplePicture {
  readonly name: string;
  readonly type: Type;
  /** Pixels as shown. */
  readonly width: number;
  readonly height: number;
  /** An animation may end after any frame: half of one can be a picture. */
  readonly animated?: true;
  readonly make: () => Promise<Uint8Array>;
}

/** A file that it refuses. `type` is what its first bytes announce. */
export interface SampleRefusal {
  readonly name: string;
  readonly type: Type;
  readonly code: 'image_not_decodable' | 'image_too_large';
  readonly make: () => Promise<Uint8Array>;
}

/** What the suite inspects. */
export interface EngineSamples {
  /** At least one of each type, an animation and one with an EXIF orientation among them. */
  readonly pictures: readonly SamplePicture[];
  readonly refusals: readonly SampleRefusal[];
}

/** The suite of {@link ImageEngine}: `open` is called once. */
export function describeImageEngine(
  name: string,
  open: () => Promise<{ readonly engine: ImageEngine; close(): Promise<void> }>,
  { pictures, refusals }: EngineSamples,
): void {
  describe(`${name} as ImageEngine`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const inspect = async ({ make, type }: SamplePicture | SampleRefusal) =>
      opened.engine.inspect(bodyOf(await make()), type);

    it.each(pictures)('takes $name', async (picture) => {
      const found = await inspect(picture);
      const { type, width, height } = picture;
      expect(found).toMatchObject({ ok: true, type, width, height });
      // https://github.com/woltapp/blurhash/blob/master/Algorithm.md: at least 1 × 1 components
      expect(blurhashOf(found)).toMatch(/^[\w#$%*+,.:;=?@[\]^{|}~-]{6,}$/);
    });

    it.each(refusals)('refuses $name', async (file) => {
      expect(await inspect(file)).toEqual({ ok: false, code: file.code });
    });

    it('never tries another decoder than the announced one', async () => {
      for (const picture of pictures) {
        const type = picture.type === 'image/png' ? 'image/jpeg' : 'image/png';
        expect(await inspect({ ...picture, type }), picture.name).toEqual({
          ok: false,
          code: 'image_not_decodable',
        });
      }
    });

    it('finds the same in a stream as in bytes, and every time', async () => {
      for (const picture of pictures) {
        const bytes = await picture.make();
        const found = await opened.engine.inspect(bodyOf(bytes), picture.type);
        const again = await opened.engine.inspect(bodyOf(bytes), picture.type);
        const streamed = await opened.engine.inspect(streamOf(bytes), picture.type);
        expect(again, picture.name).toEqual(found);
        expect(streamed, picture.name).toEqual(found);
      }
    });

    it('takes nothing from a still picture that ends early', async () => {
      const stills = pictures.filter(({ animated }) => animated === undefined);
      for (const { type, make, name: picture } of stills) {
        const bytes = await make();
        const half = bytes.subarray(0, bytes.length >> 1);
        const found = await opened.engine.inspect(bodyOf(half), type);
        expect(found, picture).toEqual({ ok: false, code: 'image_not_decodable' });
      }
    });

    it('fails, and does not refuse, where the bytes cannot be read', async () => {
      const [picture] = pictures;
      const failure = new Error('the disk is gone');
      const body: ObjectBody = {
        length: 1000,
        stream: () => new ReadableStream({ pull: (controller) => controller.error(failure) }),
      };
      const inspected = opened.engine.inspect(body, picture?.type ?? 'image/jpeg');
      await expect(inspected).rejects.toThrow();
    });

    it('inspects many at once', async () => {
      const alone: Inspection[] = [];
      for (const picture of pictures) alone.push(await inspect(picture));
      expect(await Promise.all(pictures.map(inspect))).toEqual(alone);
    });
  });
}

function bodyOf(file: Uint8Array): ObjectBody {
  const bytes = new Uint8Array(file);
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

function streamOf(file: Uint8Array): ObjectBody {
  const { length, stream } = bodyOf(file);
  return { length, stream };
}

function blurhashOf(found: Inspection): string {
  return found.ok ? found.blurhash : '';
}
