import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { PNG_SIGNATURE, pngChunk } from '../files/png.js';
import { fromLinear, toLinear } from './distance.js';
import { type Picture, paint, pixel, recolour } from './picture.js';

/** Part of all metadata of a master, so that one search finds any that remained. */
export const CANARY = 'aura-canary';

/** Pixels for an encoder. */
export function raw({ width, height, data }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 } });
}

/** Without the alpha channel. */
export function opaque(picture: Picture): Sharp {
  return raw(picture).removeAlpha();
}

/** The frames below each other, as sharp expects an animation. */
export function animated(frames: readonly Picture[]): Sharp {
  const [{ width, height: pageHeight } = { width: 0, height: 0 }] = frames;
  const height = pageHeight * frames.length;
  const data = Buffer.concat(frames.map(({ data }) => Buffer.from(data)));
  return sharp(data, { raw: { width, height, channels: 4, pageHeight } });
}

/** When and where it was taken, and by whom. */
export function withPlace(image: Sharp, orientation = 1): Sharp {
  return image
    .withExif({
      IFD0: { Copyright: CANARY },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSAreaInformation: CANARY },
    })
    .withXmp(
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="${CANARY}"/></r:RDF></x:xmpmeta>`,
    )
    .withMetadata({ orientation });
}

/**
 * The pixels as stored by a rotated camera. The value says where row 0 and column 0 of the file are shown
 * (Exif 2.32 §4.6.4 A, Orientation).
 */
export function turned(shown: Picture, orientation: number): Picture {
  const { width, height } = shown;
  const [right, bottom] = [width - 1, height - 1];
  const places: Record<number, (column: number, row: number) => [x: number, y: number]> = {
    1: (column, row) => [column, row],
    2: (column, row) => [right - column, row],
    3: (column, row) => [right - column, bottom - row],
    4: (column, row) => [column, bottom - row],
    5: (column, row) => [row, column],
    6: (column, row) => [right - row, column],
    7: (column, row) => [right - row, bottom - column],
    8: (column, row) => [row, bottom - column],
  };
  const place = places[orientation] ?? places[1];
  const [across, down] = orientation < 5 ? [width, height] : [height, width];
  return paint(across, down, (x, y) => pixel(shown, ...(place?.(x, y) ?? [x, y])));
}

/** The same colours as numbers of Display P3: by the matrices of CSS Color 4 §10.9, not by a library. */
export function inP3(picture: Picture): Picture {
  return recolour(picture, ([red, green, blue, alpha]) => {
    const [r, g, b] = [toLinear(red), toLinear(green), toLinear(blue)];
    return [
      fromLinear(0.82246197 * r + 0.17753803 * g),
      fromLinear(0.0331942 * r + 0.9668058 * g),
      fromLinear(0.01708263 * r + 0.07239744 * g + 0.91051993 * b),
      alpha,
    ];
  });
}

/** A PNG with a colour profile (PNG §11.3.2.3). */
export async function pngWithProfile(picture: Picture, name: 'p3'): Promise<Buffer> {
  const file = await opaque(picture).png().toBuffer();
  const { icc } = await sharp(
    await opaque(picture).withIccProfile(name).png().toBuffer(),
  ).metadata();
  const head = Buffer.from(`${CANARY}\0\0`, 'latin1');
  return withChunk(file, 'iCCP', Buffer.concat([head, deflateSync(icc ?? Buffer.alloc(0))]));
}

export function withComment(png: Buffer): Buffer {
  return withChunk(png, 'tEXt', Buffer.from(`Comment\0${CANARY}`, 'latin1'));
}

/** Inserted after the header, which is 25 bytes long. */
function withChunk(png: Buffer, type: string, data: Buffer): Buffer {
  const at = PNG_SIGNATURE.length + 25;
  return Buffer.concat([png.subarray(0, at), pngChunk(type, data), png.subarray(at)]);
}

/** With 16 bits per channel. */
export function deep({ width, height, data }: Picture): Sharp {
  const wide = new Uint16Array(width * height * 3);
  for (let i = 0; i < wide.length; i++) {
    wide[i] = (data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0) * 257;
  }
  return sharp(wide, { raw: { width, height, channels: 3 } }).toColourspace('rgb16');
}

/** Declares that no colour of the palette is transparent (GIF89a §23). Use only if that is so. */
export function withoutClear(gif: Buffer): Buffer {
  const control = Buffer.from('21f904', 'hex');
  for (let at = gif.indexOf(control); at >= 0; at = gif.indexOf(control, at + 1)) {
    gif.writeUInt8(gif.readUInt8(at + 3) & ~1, at + 3);
  }
  return gif;
}
