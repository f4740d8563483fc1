import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { landscapePhoto } from './landscape.mjs';

const ASSETS = new URL('../../tests/files/assets/', import.meta.url);
const FRAMES = 8;

/**
 * Pictures of every kind that matters to decoders: large and small, with alpha, animated, with a face, and one that
 * is decoded in WebAssembly.
 *
 * @returns {Promise<readonly Uint8Array<ArrayBuffer>[]>}
 */
export async function manyKinds() {
  const photo = await landscapePhoto();
  const small = sharp(photo).resize(1600);
  const veiled = sharp(photo).resize(800).ensureAlpha(0.5).png();
  const files = [
    photo,
    await small.clone().jpeg().toBuffer(),
    await veiled.toBuffer(),
    await small.clone().resize(900).webp().toBuffer(),
    await small.clone().resize(700).tiff({ compression: 'lzw' }).toBuffer(),
    await (await moving(photo)).webp().toBuffer(),
    await (await moving(photo)).gif({ effort: 1 }).toBuffer(),
    await readFile(new URL('astronaut.jpg', ASSETS)),
    await readFile(new URL('heic-alpha.heic', ASSETS)),
  ];
  return files.map((file) => new Uint8Array(file));
}

/** @param {Uint8Array} photo */
async function moving(photo) {
  const [width, height] = [240, 180];
  const shown = sharp(photo).resize(width + FRAMES * 4);
  const flat = await shown.png().toBuffer();
  const frames = await Promise.all(
    Array.from({ length: FRAMES }, (_, at) =>
      sharp(flat)
        .extract({ left: at * 4, top: 0, width, height })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } });
}
