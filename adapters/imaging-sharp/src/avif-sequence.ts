import { bodyOf, boxesOf, writeBox } from './iso-boxes.js';

/** The first picture of a track. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly isAlpha: boolean;
  /** Boxes that describe its stream: `av1C`, and `colr` among others. */
  readonly properties: readonly Buffer[];
  readonly stream: Buffer;
}

/** Length of a visual sample entry before its boxes (ISO/IEC 14496-12 §12.1.3). */
const SAMPLE_ENTRY = 78;
/** Properties of a track that libheif knows as those of a picture. */
const PROPERTIES = new Set(['av1C', 'colr', 'clli', 'mdcv', 'pasp']);
const ALPHA = 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0';

/**
 * Makes a still picture of the first frame of an animated AVIF that has none of its own; `null` for a file that has one,
 * or is damaged. libvips reads no tracks.
 *
 * @example
 * const still = stillOfSequence(bytes) ?? bytes;
 */
export function stillOfSequence(bytes: Buffer): Buffer | null {
  if (boxesOf(bytes).some(({ type }) => type === 'meta')) return null;
  try {
    const frames = boxesOf(bodyOf(bytes, 'moov'))
      .filter(({ type }) => type === 'trak')
      .map(({ data }) => firstFrame(data, bytes))
      .filter((frame) => frame !== null);
    const colour = frames.find(({ isAlpha }) => !isAlpha);
    const alpha = frames.find(({ isAlpha }) => isAlpha);
    if (colour === undefined) return null;
    return still(alpha === undefined ? [colour] : [colour, alpha]);
  } catch (error) {
    // Reading behind the end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** `null` for a track of sound or anything else. */
function firstFrame(track: Buffer, file: Buffer): Frame | null {
  const media = bodyOf(track, 'mdia');
  const handler = bodyOf(media, 'hdlr').toString('latin1', 8, 12);
  if (handler !== 'pict' && handler !== 'auxv') return null;
  const table = bodyOf(media, 'minf', 'stbl');
  const [entry] = boxesOf(bodyOf(table, 'stsd').subarray(8));
  if (entry?.type !== 'av01') return null;
  const { data } = entry;
  const sizes = bodyOf(table, 'stsz');
  const size = sizes.readUInt32BE(4) || sizes.readUInt32BE(12);
  const short = bodyOf(table, 'stco');
  const start =
    short.length > 0 ? short.readUInt32BE(8) : Number(bodyOf(table, 'co64').readBigUInt64BE(8));
  return {
    width: data.readUInt16BE(24),
    height: data.readUInt16BE(26),
    isAlpha: handler === 'auxv',
    properties: boxesOf(data.subarray(SAMPLE_ENTRY))
      .filter(({ type }) => PROPERTIES.has(type))
      .map((box) => writeBox(box.type, box.data)),
    stream: file.subarray(start, start + size),
  };
}

/** A file of one picture, and its alpha (AVIF 1.1, ISO/IEC 23008-12). */
function still(frames: readonly Frame[]): Buffer {
  const properties: Buffer[] = [];
  const associations = frames.map(({ width, height, isAlpha, properties: found }, i) => {
    const own = [
      writeBox('ispe', u32(0), u32(width), u32(height)),
      ...(isAlpha ? [writeBox('auxC', u32(0), Buffer.from(ALPHA))] : []),
      ...found,
    ].map((property) => properties.push(property));
    return Buffer.concat([u16(i + 1), Buffer.from([own.length, ...own])]);
  });
  const names = frames.map((_, i) =>
    writeBox('infe', u32(0x0200_0000), u16(i + 1), u16(0), Buffer.from('av01\0')),
  );
  const reference = writeBox('iref', u32(0), writeBox('auxl', u16(2), u16(1), u16(1)));
  const metaAt = (pixels: number) => {
    let at = pixels;
    const places = frames.map(({ stream: { length } }, i) => {
      const start = at;
      at += length;
      return Buffer.concat([u16(i + 1), u16(0), u16(1), u32(start), u32(length)]);
    });
    return writeBox(
      'meta',
      u32(0),
      writeBox('hdlr', u32(0), u32(0), Buffer.from('pict'), Buffer.alloc(13)),
      writeBox('pitm', u32(0), u16(1)),
      writeBox('iloc', u32(0), Buffer.from([0x44, 0]), u16(frames.length), ...places),
      writeBox('iinf', u32(0), u16(frames.length), ...names),
      ...(frames.length > 1 ? [reference] : []),
      writeBox(
        'iprp',
        writeBox('ipco', ...properties),
        writeBox('ipma', u32(0), u32(frames.length), ...associations),
      ),
    );
  };
  const type = writeBox('ftyp', Buffer.from('avif'), u32(0), Buffer.from('avifmif1miaf'));
  const pixels = writeBox('mdat', ...frames.map(({ stream }) => stream));
  return Buffer.concat([type, metaAt(type.length + metaAt(0).length + 8), pixels]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
