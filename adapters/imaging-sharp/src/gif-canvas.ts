/** Introducers of blocks, and labels of extensions (GIF89a §§ 20 to 27). */
const [EXTENSION, IMAGE, TRAILER, CONTROL] = [0x21, 0x2c, 0x3b, 0xf9];
/** A frame of one transparent pixel: its control extension, descriptor, colours, and data. */
const CLEAR_PIXEL = Buffer.from(
  '21f9040100000000' + '2c00000000010001008000000000000002024401' + '00',
  'hex',
);

/**
 * Adds a transparent frame to the end of a GIF whose first frame leaves a part of its canvas free. Browsers show that part
 * clear, but libvips decodes alpha only where some frame is transparent.
 *
 * @param canvas width and height of the picture as libvips reads it
 * @returns `null` for every other GIF, and for one that is cut off
 */
export function withClearFrame(
  bytes: Buffer,
  canvas: { readonly width: number; readonly height: number },
): Buffer | null {
  let at = 13 + colourBytes(bytes[10] ?? 0);
  let isFirst = true;
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === TRAILER) {
      if (isFirst) return null;
      return Buffer.concat([bytes.subarray(0, at), CLEAR_PIXEL, bytes.subarray(at, at + 1)]);
    }
    if (kind === EXTENSION) {
      const isTransparent = bytes[at + 1] === CONTROL && ((bytes[at + 3] ?? 0) & 1) === 1;
      if (isTransparent) return null;
      at = skipBlocks(bytes, at + 2);
    } else if (kind === IMAGE && at + 10 <= bytes.length) {
      const word = (offset: number) => bytes.readUInt16LE(at + offset);
      const covers =
        word(1) === 0 && word(3) === 0 && word(5) >= canvas.width && word(7) >= canvas.height;
      if (isFirst && covers) return null;
      isFirst = false;
      // The byte after the colours is the size of the first code.
      at = skipBlocks(bytes, at + 10 + colourBytes(bytes[at + 9] ?? 0) + 1);
    } else return null;
  }
  return null;
}

/** Length of a colour table, by the flags of a screen or an image. */
function colourBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Position after sub-blocks (GIF89a §15). */
function skipBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = bytes[at]; length !== undefined && length > 0; length = bytes[at])
    at += length + 1;
  return at + 1;
}
