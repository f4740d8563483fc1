import sharp, { type Sharp } from 'sharp';

/** Length of a TIFF's header, and of an entry of its directory (TIFF 6.0 §2). */
const [HEADER, ENTRY] = [8, 12];
const [SHORT, LONG] = [3, 4];

/**
 * A picture in cyan, magenta, yellow and black that browsers show with exactly these colours when no profile says
 * otherwise: each ink takes its share of the light. Encode it as a JPEG.
 *
 * @param rgb red, green and blue of each pixel
 */
export function inInks(rgb: Uint8Array, width: number, height: number): Sharp {
  // sharp takes four raw channels for colours with alpha, so a TIFF says what they are.
  return sharp(inkTiff(rgb, width, height, 8))
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk');
}

/** The same as a TIFF. */
export function inkTiff(rgb: Uint8Array, width: number, height: number, bits: 8 | 16): Buffer {
  const inks = Array.from({ length: width * height }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(i * 3, i * 3 + 3);
    const paper = Math.max(r, g, b, 1);
    return [...[r, g, b].map((value) => 255 - Math.round((value * 255) / paper)), 255 - paper];
  }).flat();
  const bytes = Buffer.from(bits === 8 ? inks : inks.flatMap((value) => [value, value]));
  return tiff(bytes, width, height, bits);
}

function tiff(inks: Buffer, width: number, height: number, bits: number): Buffer {
  const entries = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 4, HEADER + inks.length],
    [259, SHORT, 1, 1], // uncompressed
    [262, SHORT, 1, 5], // separated
    [273, LONG, 1, HEADER],
    [277, SHORT, 1, 4],
    [278, LONG, 1, height],
    [279, LONG, 1, inks.length],
  ] as const;
  const start = HEADER + inks.length + 8;
  const file = Buffer.alloc(start + 2 + entries.length * ENTRY + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(start, 4);
  inks.copy(file, HEADER);
  for (let i = 0; i < 4; i++) file.writeUInt16LE(bits, HEADER + inks.length + i * 2);
  file.writeUInt16LE(entries.length, start);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = start + 2 + i * ENTRY;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}
