import { readFile } from 'node:fs/promises';
import { bytesBody, EngineBusyError, type ObjectBody, type RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ImagesBinding, ImageTransformer } from './binding.js';
import { createCloudflareEngine } from './engine.js';

type Bytes = Uint8Array<ArrayBuffer>;

const picture = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } });
const fileOf = async (image: Sharp): Promise<Bytes> => new Uint8Array(await image.toBuffer());
const PNG = await fileOf(picture(60, 40).png());

/** A binding that notes what it is asked for, and returns a file. */
function createBinding(made: Bytes = PNG, type = 'image/png', failure?: unknown) {
  const calls: unknown[] = [];
  const transformer = (name: string): ImageTransformer => ({
    transform(step) {
      calls.push({ [name]: step });
      return this;
    },
    draw(_, options) {
      calls.push({ draw: options });
      return this;
    },
    async output(options) {
      calls.push({ output: options });
      if (failure !== undefined) throw failure;
      return { contentType: () => type, response: () => new Response(made) };
    },
  });
  let inputs = 0;
  const images: ImagesBinding = { input: () => transformer(inputs++ === 0 ? 'picture' : 'mark') };
  return { images, calls };
}

/** As the binding rejects. */
const failureOf = (code: number) =>
  Object.assign(new Error(`IMAGES_TRANSFORM_ERROR ${code}`), { code });

function inspect(file: Bytes, type: MasterType, binding = createBinding()) {
  return createCloudflareEngine(binding).inspect(bytesBody(file), type);
}

const JOB: RenderJob = {
  ...{ type: 'image/png', scaled: { width: 60, height: 40 }, format: 'png', quality: 80 },
  effort: 'fast',
};

function render(binding: ReturnType<typeof createBinding>, job: Partial<RenderJob> = {}) {
  return createCloudflareEngine(binding).render(bytesBody(PNG), { ...JOB, ...job }, {});
}

describe('an inspection', () => {
  it('asks for a small still PNG, once', async () => {
    const small = await fileOf(picture(32, 21).png());
    const binding = createBinding(small);
    const found = await inspect(await fileOf(picture(900, 600).jpeg()), 'image/jpeg', binding);
    expect(found).toMatchObject({ ok: true, width: 900, height: 600 });
    expect(binding.calls).toEqual([
      { picture: { width: 32, height: 32, fit: 'scale-down' } },
      { output: { format: 'image/png', anim: false } },
    ]);
  });

  it('takes the orientation from EXIF, or from what the binding shows', async () => {
    const high = createBinding(await fileOf(picture(20, 32).png()));
    const turned = await fileOf(picture(90, 60).withMetadata({ orientation: 8 }).jpeg());
    expect(await inspect(turned, 'image/jpeg', high)).toMatchObject({ width: 60, height: 90 });
    const wide = createBinding(await fileOf(picture(32, 20).png()));
    expect(await inspect(turned, 'image/jpeg', wide)).toMatchObject({ width: 90, height: 60 });
    const square = createBinding(await fileOf(picture(32, 32).png()));
    expect(await inspect(turned, 'image/jpeg', square)).toMatchObject({ width: 60, height: 90 });
  });

  it('reads the size of a HEIC of a phone, which is turned', async () => {
    const url = new URL('../../../tests/files/assets/heic-turned.heic', import.meta.url);
    const file = new Uint8Array(await readFile(url));
    const binding = createBinding(await fileOf(picture(24, 32).png()));
    const found = await inspect(file, 'image/heic', binding);
    expect(found).toMatchObject({ ok: true, width: 96, height: 128, hasAlpha: false });
  });

  it.each([
    [9412, 'image_kind_not_supported'],
    [9520, 'image_kind_not_supported'],
    [9413, 'image_too_large'],
    [9516, 'image_not_decodable'],
    [9523, 'image_not_decodable'],
  ])('is refused where the binding answers %i', async (code, refusal) => {
    const found = await inspect(PNG, 'image/png', createBinding(PNG, 'image/png', failureOf(code)));
    expect(found).toMatchObject({ ok: false, code: refusal });
  });

  it('fails where the binding is busy, and where the account may not use it', async () => {
    const at = (failure: unknown) => inspect(PNG, 'image/png', createBinding(PNG, '', failure));
    await expect(at(failureOf(9522))).rejects.toThrow(EngineBusyError);
    await expect(at(failureOf(9422))).rejects.toThrow('9422');
    await expect(at(new Error('network'))).rejects.toThrow('network');
  });

  it('refuses what the binding cannot decode, before it reads the file', async () => {
    const unread: ObjectBody = {
      length: 20_000_001,
      stream: () => {
        throw new Error('read');
      },
    };
    const engine = createCloudflareEngine(createBinding());
    expect(await engine.inspect(unread, 'image/png')).toMatchObject({ code: 'image_too_large' });
    for (const type of ['image/tiff', 'image/jxl', 'image/bmp'] as const) {
      const found = await engine.inspect(unread, type);
      expect(found).toMatchObject({ ok: false, code: 'image_kind_not_supported' });
    }
    const strip = engine.removeMetadata(unread, 'image/jpeg', {});
    expect(await strip).toEqual({ ok: false, code: 'metadata_not_removable' });
    expect(await engine.render(unread, JOB, {})).toMatchObject({ code: 'render_failed' });
  });

  it('refuses an animation that the binding would not change', async () => {
    const pixels = Uint8Array.from({ length: 8 * 16 * 3 }, (_, i) => (i * 31) & 255);
    const raw = { width: 8, height: 16, channels: 3, pageHeight: 8 } as const;
    const file = await fileOf(sharp(pixels, { raw }).gif());
    new DataView(file.buffer).setUint16(6, 8000, true);
    new DataView(file.buffer).setUint16(8, 8000, true);
    const binding = createBinding();
    expect(await inspect(file, 'image/gif', binding)).toMatchObject({
      code: 'image_too_large',
      message:
        'The image has 128 megapixels in all frames; this server accepts up to 50 megapixels',
    });
    expect(binding.calls).toEqual([]);
  });
});

describe('a variant', () => {
  it('is asked for with a step for each change, the watermark last', async () => {
    const binding = createBinding();
    const watermark = {
      ...{
        body: bytesBody(await fileOf(picture(30, 10).png())),
        type: 'image/png' as const,
        pixels: 300,
      },
      ...{ scale: 0.5, at: { x: 0, y: 1 }, opacity: 0.5, tile: true },
    } as const;
    expect(await render(binding, { gray: true, watermark })).toMatchObject({ ok: true });
    expect(binding.calls).toEqual([
      { picture: { width: 60, height: 40, fit: 'squeeze' } },
      { picture: { saturation: 0 } },
      { mark: { width: 30, height: 10, fit: 'squeeze' } },
      { draw: { left: 0, top: 0, opacity: 0.5, repeat: true } },
      { output: { format: 'image/png', anim: false } },
    ]);
  });

  it('is never one without its watermark', async () => {
    const binding = createBinding();
    const body = bytesBody(new Uint8Array([1, 2, 3]));
    const watermark = {
      ...{ body, type: 'image/png' as const, pixels: 300, scale: 1, at: { x: 0, y: 0 } },
      ...{ opacity: 1, tile: false },
    } as const;
    const made = await render(binding, { watermark });
    expect(made).toMatchObject({ ok: false, reason: 'the watermark is damaged' });
  });

  it('is never of another size or format than asked for', async () => {
    const larger = createBinding(await fileOf(picture(61, 40).png()));
    expect(await render(larger)).toMatchObject({
      ...{ ok: false, code: 'render_failed', reason: 'the result is 61 x 40 instead of 60 x 40' },
    });
    const other = createBinding(PNG, 'image/webp');
    expect(await render(other)).toMatchObject({
      reason: 'the result is image/webp instead of png',
    });
    const broken = createBinding(PNG.slice(0, 60));
    expect(await render(broken)).toMatchObject({
      reason: 'the result is damaged instead of 60 x 40',
    });
  });

  it('has no metadata, also where the binding leaves the copyright', async () => {
    const tagged = picture(60, 40)
      .withExif({ IFD0: { Copyright: 'SECRET' } })
      .jpeg();
    const binding = createBinding(await fileOf(tagged), 'image/jpeg');
    const made = await render(binding, { format: 'jpeg' });
    expect(made.ok && Buffer.from(made.bytes).includes('SECRET')).toBe(false);
    expect(made).toMatchObject({ ok: true });
  });

  it('fails with the reason of the binding', async () => {
    const binding = createBinding(PNG, '', failureOf(9413));
    expect(await render(binding)).toMatchObject({ reason: 'IMAGES_TRANSFORM_ERROR 9413' });
    await expect(render(createBinding(PNG, '', failureOf(9527)))).rejects.toThrow(EngineBusyError);
  });
});

it('works on a few files at a time only, as many as fit into its memory', async () => {
  const { images } = createBinding();
  const engine = createCloudflareEngine({ images, maxBytesAtOnce: PNG.length * 2 });
  const work = () => engine.render(bytesBody(PNG), JOB, {});
  const results = await Promise.allSettled([work(), work(), work()]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(results[2]).toMatchObject({ reason: expect.any(EngineBusyError) });
  expect(await work()).toMatchObject({ ok: true });
  const alone = createCloudflareEngine({ images, maxBytesAtOnce: 1 });
  expect(await alone.render(bytesBody(PNG), JOB, {})).toMatchObject({ ok: true });
});
