/** Introducers of blocks, and labels of extensions (GIF89a §§ 20 to 27). */
const [EXTENSION, IMAGE, TRAILER] = [0x21, 0x2c, 0x3b];
const [CONTROL, APPLICATION] = [0xf9, 0xff];
/** Applications whose blocks players need: the number of plays, and the ICC profile. */
const KEPT = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']);

/** Each frame has two. */
const MAX_PARTS = 100_000;

/**
 * A GIF without comments, texts and blocks of applications, but with its animation and profile. Everything behind
 * the end is removed. A file that is cut off stays so.
 *
 * @returns `null` when it is no GIF, or has more than {@link MAX_PARTS} blocks to keep
 */
export function strippedGif(bytes: Buffer): Buffer[] | null {
  if (bytes.toString('latin1', 0, 3) !== 'GIF' || bytes.length < 13) return null;
  let at = 13 + colourBytes(bytes[10] ?? 0);
  const parts: Buffer[] = [bytes.subarray(0, at)];
  while (at < bytes.length) {
    if (parts.length > MAX_PARTS) return null;
    const kind = bytes[at];
    const start = at;
    if (kind === EXTENSION) {
      at = skipBlocks(bytes, at + 2);
      const label = bytes[start + 1];
      const application = bytes.toString('latin1', start + 3, start + 14);
      const isKept = label === CONTROL || (label === APPLICATION && KEPT.has(application));
      if (isKept) parts.push(bytes.subarray(start, at));
    } else if (kind === IMAGE) {
      // The byte after the colours is the size of the first code.
      at = skipBlocks(bytes, at + 10 + colourBytes(bytes[at + 9] ?? 0) + 1);
      parts.push(bytes.subarray(start, at));
    } else {
      if (kind === TRAILER) parts.push(bytes.subarray(at, at + 1));
      break;
    }
  }
  return parts;
}

/** Length of a colour table, by the flags of a screen or an image. */
function colourBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Position after sub-blocks (GIF89a §15). */
function skipBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = bytes[at]; length !== undefined && length > 0; length = bytes[at]) {
    at += length + 1;
  }
  return at + 1;
}
