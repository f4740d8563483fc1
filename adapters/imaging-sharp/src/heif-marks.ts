import { type Av1Colours, readAv1Colours } from './av1-sequence.js';
import { BT709, type Colours, PRIMARIES, STILL_TRANSFERS, srgb } from './colour-spaces.js';

import { type Box, boxesOf } from './iso-boxes.js';

/** What an AVIF or HEIC file says about the colours of its primary picture, and libheif does not act upon. */
export interface HeifMarks {
  /** Absent: sRGB. */
  readonly colours?: Colours;
  readonly hasProfile: boolean;
  /** Black and white are 16 and 235 of 255. libheif expands neither of these. */
  readonly limited: { readonly luma: boolean; readonly alpha: boolean };
}

const UNSPECIFIED = 2;
/** Bytes at the start of a picture that hold the sequence header. */
const STREAM_HEAD = 128;

/**
 * Reads the marks of a file (ISO/IEC 14496-12 §8.11, 23008-12 §6.5, AVIF 1.1); none for a damaged file.
 *
 * @example
 * readHeifMarks(bytes); // { colours: { transfer: 'pq', … }, … }
 */
export function readHeifMarks(bytes: Buffer): HeifMarks {
  try {
    return readMarks(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { hasProfile: false, limited: { luma: false, alpha: false } };
  }
}

function readMarks(bytes: Buffer): HeifMarks {
  const meta = parseMeta(metaOf(bytes));
  const shown = describe(meta, meta.primary, bytes);
  const alpha = meta.references.find(
    ({ type, from, to }) => type === 'auxl' && to.includes(meta.primary) && isAlpha(meta, from),
  );
  const alphaRange = alpha && streamOf(meta, alpha.from, bytes)?.isFullRange;
  const { nclx, isMonochrome, isFullRange, hasProfile, peak } = shown;
  const colours = coloursOf(nclx.primaries, nclx.transfer, peak);
  return {
    ...(colours !== undefined && { colours }),
    hasProfile,
    limited: { luma: isMonochrome && !isFullRange, alpha: alphaRange === false },
  };
}

function coloursOf(primaries: number, transfer: number, peak?: number): Colours | undefined {
  const found = PRIMARIES[primaries] ?? BT709;
  const curve = STILL_TRANSFERS[transfer] ?? srgb;
  if (found === BT709 && curve === srgb) return undefined;
  return { primaries: found, transfer: curve, ...(peak !== undefined && { peak }) };
}

interface Item {
  /** Where the first bytes are: in the file, or in the `idat` box. */
  readonly offset: number;
  readonly isInIdat: boolean;
}

interface Reference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

interface Meta {
  readonly primary: number;
  readonly idat: Buffer;
  readonly items: ReadonlyMap<number, Item>;
  readonly references: readonly Reference[];
  readonly properties: ReadonlyMap<number, readonly Box[]>;
}

interface Description {
  readonly nclx: { readonly primaries: number; readonly transfer: number };
  readonly hasProfile: boolean;
  readonly isFullRange: boolean;
  readonly isMonochrome: boolean;
  readonly peak: number | undefined;
}

/** An item's own properties, then those of the first tile of a grid. */
function propertiesOf(meta: Meta, item: number): readonly Box[] {
  const tile = tileOf(meta, item);
  return [item, ...(tile === item ? [] : [tile])].flatMap((id) => meta.properties.get(id) ?? []);
}

function tileOf(meta: Meta, item: number): number {
  return meta.references.find(({ type, from }) => type === 'dimg' && from === item)?.to[0] ?? item;
}

function describe(meta: Meta, item: number, file: Buffer): Description {
  const boxes = propertiesOf(meta, item);
  const find = (type: string) => boxes.find((box) => box.type === type)?.data;
  const colr = boxes.filter(({ type }) => type === 'colr').map(({ data }) => data);
  const kind = (data: Buffer) => data.toString('latin1', 0, 4);
  const nclx = colr.find((data) => kind(data) === 'nclx');
  const config = find('av1C');
  const clli = find('clli');
  const mdcv = find('mdcv');
  const stream = nclx === undefined ? streamOf(meta, item, file) : null;
  return {
    nclx: {
      primaries: nclx?.readUInt16BE(4) ?? stream?.primaries ?? UNSPECIFIED,
      transfer: nclx?.readUInt16BE(6) ?? stream?.transfer ?? UNSPECIFIED,
    },
    isFullRange: nclx ? nclx.readUInt8(10) >= 128 : (stream?.isFullRange ?? true),
    hasProfile: colr.some((data) => kind(data) === 'prof' || kind(data) === 'rICC'),
    isMonochrome: config !== undefined && (config.readUInt8(2) & 0x10) !== 0,
    peak: clli?.readUInt16BE(0) || (mdcv && mdcv.readUInt32BE(16) / 1e4) || undefined,
  };
}

/** What the AV1 stream of an item says; `null` for HEIC. */
function streamOf(meta: Meta, item: number, file: Buffer): Av1Colours | null {
  const config = propertiesOf(meta, item).find(({ type }) => type === 'av1C')?.data;
  if (config === undefined) return null;
  const place = meta.items.get(tileOf(meta, item));
  const found = readAv1Colours(config.subarray(4));
  if (found !== null || place === undefined) return found;
  const { offset, isInIdat } = place;
  return readAv1Colours((isInIdat ? meta.idat : file).subarray(offset, offset + STREAM_HEAD));
}

function isAlpha(meta: Meta, item: number): boolean {
  const auxiliary = meta.properties.get(item)?.find(({ type }) => type === 'auxC');
  const name = auxiliary?.data.toString('latin1', 4) ?? '';
  return /auxiliary:alpha|hevc:2015:auxid:1/.test(name);
}

function metaOf(bytes: Buffer): Buffer {
  const meta = boxesOf(bytes).find(({ type }) => type === 'meta');
  if (meta === undefined) throw new RangeError('no meta box');
  return meta.data.subarray(4);
}

function parseMeta(bytes: Buffer): Meta {
  const boxes = boxesOf(bytes);
  const body = (type: string, of = boxes) =>
    of.find((box) => box.type === type)?.data ?? Buffer.alloc(0);
  const pitm = body('pitm');
  const iprp = boxesOf(body('iprp'));
  return {
    primary: pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4),
    idat: body('idat'),
    items: parseLocations(body('iloc')),
    references: parseReferences(body('iref')),
    properties: parseAssociations(
      iprp.filter(({ type }) => type === 'ipma').map(({ data }) => data),
      boxesOf(body('ipco', iprp)),
    ),
  };
}

/** Reads big-endian numbers one after another. A length of 0 is the number 0. */
function numbersOf(bytes: Buffer, start: number): (length: number) => number {
  let at = start;
  return (length) => {
    const value =
      length === 8
        ? Number(bytes.readBigUInt64BE(at))
        : length === 0
          ? 0
          : bytes.readUIntBE(at, length);
    at += length;
    return value;
  };
}

function parseLocations(bytes: Buffer): ReadonlyMap<number, Item> {
  const items = new Map<number, Item>();
  if (bytes.length === 0) return items;
  const next = numbersOf(bytes, 4);
  const version = bytes.readUInt8(0);
  const [sizes, bases] = [next(1), next(1)];
  const count = next(version < 2 ? 2 : 4);
  for (let i = 0; i < count; i++) {
    const id = next(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : next(2) & 15;
    next(2);
    const base = next(bases >> 4);
    const extents = next(2);
    let offset = base;
    for (let k = 0; k < extents; k++) {
      if (version > 0) next(bases & 15);
      const start = next(sizes >> 4);
      next(sizes & 15);
      if (k === 0) offset = base + start;
    }
    items.set(id, { offset, isInIdat: method === 1 });
  }
  return items;
}

function parseReferences(bytes: Buffer): readonly Reference[] {
  if (bytes.length === 0) return [];
  const width = bytes.readUInt8(0) === 0 ? 2 : 4;
  return boxesOf(bytes.subarray(4)).map(({ type, data }) => {
    const next = numbersOf(data, 0);
    const from = next(width);
    const to = Array.from({ length: next(2) }, () => next(width));
    return { type, from, to };
  });
}

function parseAssociations(
  tables: readonly Buffer[],
  properties: readonly Box[],
): ReadonlyMap<number, readonly Box[]> {
  const found = new Map<number, readonly Box[]>();
  for (const table of tables) {
    const next = numbersOf(table, 4);
    const isWide = (table.readUInt8(3) & 1) !== 0;
    const count = next(4);
    for (let i = 0; i < count; i++) {
      const id = next(table.readUInt8(0) === 0 ? 2 : 4);
      const boxes = Array.from({ length: next(1) }, () => {
        const index = isWide ? next(2) & 0x7fff : next(1) & 0x7f;
        return properties[index - 1];
      });
      found.set(
        id,
        boxes.filter((box) => box !== undefined),
      );
    }
  }
  return found;
}
