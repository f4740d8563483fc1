import { isoBoxes, pngChunks, readOrientation } from '@auraimage/image-files';
import type { MasterType } from '@auraimage/protocol';

/** What a file says about its picture before its pixels. */
export interface Header {
  /** Pixels as stored: no orientation applied. */
  readonly width: number;
  readonly height: number;
  /** 1 to 8, as in EXIF (Exif 2.32 §4.6.4 A); of an AVIF or HEIC without its mirroring. */
  readonly orientation: number;
  /** Frames of a GIF or WebP. The binding shows the first one of every other animation. */
  readonly frames: number;
  readonly hasAlpha: boolean;
}

/**
 * Reads the structure of a file, but no pixel.
 *
 * @returns `null` for a file of another type, for one that is cut off, and for types that the binding does not decode
 */
export function readHeader(file: Uint8Array, type: MasterType): Header | null {
  const read = READERS[type];
  if (read === undefined) return null;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  try {
    const header = read(bytes);
    return header !== null && header.width > 0 && header.height > 0 ? header : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // a length leads out of the file
    throw error;
  }
}

type Read = (bytes: Buffer) => Header | null;

const READERS: Readonly<Partial<Record<MasterType, Read>>> = {
  'image/jpeg': readJpeg,
  'image/png': readPng,
  'image/gif': readGif,
  'image/webp': readWebp,
  'image/avif': readIso,
  'image/heic': readIso,
};

/** Markers of ITU-T T.81 table B.1. */
const [SOI, EOI, SOS, APP1] = [0xd8, 0xd9, 0xda, 0xe1];
/** Markers between those of frames that are none (DHT, JPG, DAC). */
const NO_FRAMES: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

function readJpeg(bytes: Buffer): Header | null {
  if (bytes.readUInt16BE(0) !== (0xff00 | SOI)) return null;
  let size: { readonly width: number; readonly height: number } | undefined;
  let orientation: number | undefined;
  let at = 2;
  for (;;) {
    while (bytes.readUInt8(at) !== 0xff) at++;
    while (bytes.readUInt8(at) === 0xff) at++;
    const code = bytes.readUInt8(at++);
    // Restart markers and TEM have no length.
    if ((code >= 0xd0 && code <= 0xd7) || code <= 0x01) continue;
    if (code === EOI || code === SOI) return null;
    const end = at + bytes.readUInt16BE(at);
    if (code >= 0xc0 && code <= 0xcf && !NO_FRAMES.has(code)) {
      size ??= { height: bytes.readUInt16BE(at + 3), width: bytes.readUInt16BE(at + 5) };
    } else if (code === APP1 && bytes.toString('latin1', at + 2, at + 8) === 'Exif\0\0') {
      orientation ??= readOrientation(bytes.subarray(at + 8, end));
    } else if (code === SOS) {
      const isComplete = bytes.includes(Buffer.from([0xff, EOI]), end);
      if (size === undefined || !isComplete) return null;
      return { ...size, orientation: orientation ?? 1, frames: 1, hasAlpha: false };
    }
    at = end;
  }
}

/** PNG third edition, §11. */
function readPng(bytes: Buffer): Header | null {
  let header: Buffer | undefined;
  let orientation = 1;
  let isClear = false;
  for (const { type, data } of pngChunks(bytes)) {
    if (type === 'IHDR' && data.length === 13) header ??= data;
    else if (type === 'tRNS') isClear = true;
    else if (type === 'eXIf') orientation = readOrientation(data);
    else if (type === 'IEND' && header !== undefined) {
      const hasAlpha = isClear || (header.readUInt8(9) & 4) !== 0;
      const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
      return { width, height, orientation, frames: 1, hasAlpha };
    }
  }
  return null;
}

/** Introducers of blocks, and the label of an extension (GIF89a §§ 20 to 27). */
const [EXTENSION, IMAGE, TRAILER, CONTROL] = [0x21, 0x2c, 0x3b, 0xf9];

function readGif(bytes: Buffer): Header | null {
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return null;
  const [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  let frames = 0;
  let hasAlpha = false;
  let at = 13 + colourBytes(bytes.readUInt8(10));
  for (;;) {
    const kind = bytes.readUInt8(at);
    if (kind === TRAILER) {
      return frames === 0 ? null : { width, height, orientation: 1, frames, hasAlpha };
    }
    if (kind === EXTENSION) {
      if (bytes.readUInt8(at + 1) === CONTROL) hasAlpha ||= (bytes.readUInt8(at + 3) & 1) === 1;
      at = skipBlocks(bytes, at + 2);
    } else if (kind === IMAGE) {
      const word = (offset: number) => bytes.readUInt16LE(at + offset);
      const covers = word(1) === 0 && word(3) === 0 && word(5) >= width && word(7) >= height;
      if (frames++ === 0) hasAlpha ||= !covers;
      // The byte after the colours is the size of the first code.
      at = skipBlocks(bytes, at + 10 + colourBytes(bytes.readUInt8(at + 9)) + 1);
    } else return null;
  }
}

/** Length of a colour table, by the flags of a screen or an image. */
function colourBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Position after sub-blocks (GIF89a §15). */
function skipBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) at += length + 1;
  return at + 1;
}

/** RFC 9649 §2. */
function readWebp(bytes: Buffer): Header | null {
  const form = bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 12);
  const end = 8 + bytes.readUInt32LE(4);
  if (form !== 'RIFFWEBP' || end > bytes.length) return null;
  let size: { readonly width: number; readonly height: number } | undefined;
  let [orientation, frames, hasAlpha] = [1, 0, false];
  for (let at = 12; at + 8 <= end; ) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const from = at + 8;
    if (from + length > end) return null;
    if (type === 'VP8X') {
      hasAlpha = (bytes.readUInt8(from) & 0x10) !== 0;
      size ??= {
        width: 1 + bytes.readUIntLE(from + 4, 3),
        height: 1 + bytes.readUIntLE(from + 7, 3),
      };
    } else if (type === 'VP8 ') {
      const [width, height] = [bytes.readUInt16LE(from + 6), bytes.readUInt16LE(from + 8)];
      size ??= { width: width & 0x3fff, height: height & 0x3fff };
    } else if (type === 'VP8L') {
      const bits = bytes.readUInt32LE(from + 1);
      if (size === undefined) hasAlpha = ((bits >>> 28) & 1) === 1;
      size ??= { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    } else if (type === 'ANMF') frames++;
    else if (type === 'EXIF') {
      const isPrefixed = bytes.toString('latin1', from, from + 6) === 'Exif\0\0';
      orientation = readOrientation(bytes.subarray(from + (isPrefixed ? 6 : 0), from + length));
    }
    at = from + length + (length % 2);
  }
  return size === undefined
    ? null
    : { ...size, orientation, frames: Math.max(1, frames), hasAlpha };
}

/** Names of the alpha of a picture (AVIF 1.1 §4.1, ISO/IEC 23008-12 §6.5.8). */
const ALPHA = /urn:mpeg:mpegB:cicp:systems:auxiliary:alpha|urn:mpeg:hevc:2015:auxid:1/;

/** ISO/IEC 23008-12 §6.5: the properties of the primary picture. */
function readIso(bytes: Buffer): Header | null {
  let found: Buffer | undefined;
  // To the end, since a file can be cut off behind it.
  for (const { type, body } of bodiesIn(bytes)) if (type === 'meta') found ??= body;
  if (found === undefined) return null;
  const meta = found.subarray(4);
  const pitm = boxIn(meta, 'pitm');
  const primary = pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
  const iprp = boxIn(meta, 'iprp');
  const properties = [...bodiesIn(boxIn(iprp, 'ipco'))];
  const own = propertiesOf(boxIn(iprp, 'ipma'), primary).map((index) => properties[index - 1]);
  const bodyOf = (wanted: string) => own.find((box) => box?.type === wanted)?.body;
  const size = bodyOf('ispe');
  if (size === undefined) return null;
  const quarters = (bodyOf('irot')?.readUInt8(0) ?? 0) & 3;
  const hasAlpha = properties.some(
    ({ type, body }) => type === 'auxC' && ALPHA.test(body.toString('latin1', 4)),
  );
  return {
    width: size.readUInt32BE(4),
    height: size.readUInt32BE(8),
    orientation: QUARTERS[quarters] ?? 1,
    frames: 1,
    hasAlpha,
  };
}

/** EXIF orientations with the result of so many quarter turns to the left. */
const QUARTERS = [1, 8, 3, 6] as const;

/** Numbers of the properties of an item (§9.3.1). */
function propertiesOf(ipma: Buffer, item: number): readonly number[] {
  const [wideIds, wideIndexes] = [ipma.readUInt8(0) > 0, (ipma.readUInt8(3) & 1) === 1];
  let at = 8;
  for (let left = ipma.readUInt32BE(4); left > 0; left--) {
    const id = wideIds ? ipma.readUInt32BE(at) : ipma.readUInt16BE(at);
    at += wideIds ? 4 : 2;
    const count = ipma.readUInt8(at++);
    const indexes = Array.from({ length: count }, (_, i) =>
      wideIndexes ? ipma.readUInt16BE(at + 2 * i) & 0x7fff : ipma.readUInt8(at + i) & 0x7f,
    );
    if (id === item) return indexes;
    at += wideIndexes ? 2 * count : count;
  }
  return [];
}

function* bodiesIn(bytes: Buffer): Generator<{ readonly type: string; readonly body: Buffer }> {
  for (const { type, body, end } of isoBoxes(bytes))
    yield { type, body: bytes.subarray(body, end) };
}

function boxIn(bytes: Buffer, wanted: string): Buffer {
  for (const { type, body } of bodiesIn(bytes)) if (type === wanted) return body;
  throw new RangeError(`no ${wanted}`);
}
