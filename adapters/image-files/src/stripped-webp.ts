import { readOrientation, writeOrientation } from './exif.js';

/** Chunks of the picture, its profile and its animation (RFC 9649 §2.7). */
const KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ANIM', 'ANMF', 'ALPH', 'ICCP']);
const KEPT_IN_FRAME = new Set(['VP8 ', 'VP8L', 'ALPH']);
/** Flags of `VP8X`. */
const [HAS_EXIF, HAS_XMP] = [0x08, 0x04];
/** Bytes of a frame before its chunks (RFC 9649 §2.7.1.1). */
const FRAME_HEADER = 16;

/**
 * A WebP without anything but the picture, its profile and its animation. The orientation is kept. Everything behind
 * the end is removed.
 *
 * @returns `null` when it is no WebP
 */
export function strippedWebp(bytes: Buffer): Buffer[] | null {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') {
    return null;
  }
  const end = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  const parts: Buffer[] = [];
  let flags: Buffer | undefined;
  let orientation = 1;
  for (const { type, data } of chunks(bytes.subarray(12, end))) {
    if (type === 'EXIF') orientation = orientationOf(data);
    if (!KEPT.has(type)) continue;
    const isFrame = type === 'ANMF' && data.length >= FRAME_HEADER;
    const kept = Buffer.from(isFrame ? strippedFrame(data) : data);
    if (type === 'VP8X') flags ??= kept;
    parts.push(chunk(type, kept));
  }
  if (parts.length === 0) return null;
  if (flags !== undefined && flags.length > 0) {
    const [before = 0] = flags;
    const isTurned = orientation > 1;
    const at = parts.findIndex((part) => part.toString('latin1', 0, 4) === 'VP8X');
    flags[0] = (before & ~(HAS_EXIF | HAS_XMP)) | (isTurned ? HAS_EXIF : 0);
    parts[at] = chunk('VP8X', flags);
    if (isTurned) parts.push(chunk('EXIF', writeOrientation(orientation)));
  }
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(4 + parts.reduce((sum, { length }) => sum + length, 0), 4);
  return [head, ...parts];
}

function strippedFrame(data: Buffer): Buffer {
  const kept = [...chunks(data.subarray(FRAME_HEADER))].filter(({ type }) =>
    KEPT_IN_FRAME.has(type),
  );
  return Buffer.concat([
    data.subarray(0, FRAME_HEADER),
    ...kept.map(({ type, data }) => chunk(type, data)),
  ]);
}

/** Some programs write the prefix that only JPEG has. */
function orientationOf(data: Buffer): number {
  const isPrefixed = data.toString('latin1', 0, 6) === 'Exif\0\0';
  return readOrientation(isPrefixed ? data.subarray(6) : data);
}

/** The chunks of a container. The last one may be cut off. */
function* chunks(bytes: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    const data = bytes.subarray(at + 8, Math.min(at + 8 + length, bytes.length));
    yield { type: bytes.toString('latin1', at, at + 4), data };
    at += 8 + length + (length % 2);
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
