import { type IsoBox, isoBoxes } from './iso-boxes.js';

/** Boxes that a file needs at its top level, and in `meta` (ISO/IEC 14496-12, 23008-12). */
const KEPT = new Set(['ftyp', 'meta', 'mdat', 'moov']);
const KEPT_IN_META = new Set([
  ...['hdlr', 'pitm', 'iloc', 'iinf', 'iref', 'iprp', 'idat', 'dinf', 'grpl'],
]);
/** Boxes of a sequence that hold no sample tables but texts, places and times. */
const REMOVED_IN_MOOV = new Set(['udta', 'meta', 'uuid', 'free', 'skip']);
const CONTAINERS_IN_MOOV = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);
/** Types of items that are pictures, or are made of pictures. */
const PICTURES = new Set([
  ...['hvc1', 'av01', 'jpeg', 'avc1', 'j2k1', 'vvc1', 'unci', 'mski'],
  ...['grid', 'iovl', 'iden', 'tmap', 'sato'],
]);
/** Properties of items that describe where, when and by whom, not how to decode. */
const REMOVED_PROPERTIES = new Set(['udes', 'altt', 'crtt', 'mdft', 'itai', 'uuid']);
const [IN_FILE, IN_IDAT] = [0, 1];
/** Bytes of the version and flags of a full box. */
const FULL = 4;

/**
 * A HEIC or AVIF with all bytes overwritten by zeros that are no part of a picture: items such as EXIF and XMP, boxes
 * that decoders do not need, gaps between items. Nothing moves, so that all offsets stay right. The orientation is a
 * property of the picture and stays.
 *
 * @returns `null` for a file whose boxes or items are damaged, or overlap
 */
export function strippedHeif(bytes: Buffer): Buffer[] | null {
  try {
    const file = Buffer.from(bytes);
    strip(file);
    return [file];
  } catch (error) {
    if (error instanceof Damaged || error instanceof RangeError) return null;
    throw error;
  }
}

class Damaged extends Error {}

interface Range {
  readonly start: number;
  readonly end: number;
}

function strip(file: Buffer): void {
  const boxes = [...isoBoxes(file)];
  const meta = boxes.find(({ type }) => type === 'meta');
  if (meta === undefined) throw new Damaged();
  const inMeta = [...isoBoxes(file, meta.body + FULL, meta.end)];
  const find = (type: string) => inMeta.find((box) => box.type === type);
  const [iloc, iinf, idat] = [find('iloc'), find('iinf'), find('idat')];
  if (iloc === undefined || iinf === undefined) throw new Damaged();

  const types = typesOf(file, iinf);
  const isPicture = (id: number) => PICTURES.has(types.get(id)?.type ?? '');
  const items = locationsOf(file, iloc, idat);
  const pictures = items.filter(({ id }) => isPicture(id)).flatMap(({ ranges }) => ranges);
  for (const { id, ranges } of items) {
    if (isPicture(id)) continue;
    for (const range of ranges) {
      if (pictures.some((picture) => range.start < picture.end && picture.start < range.end)) {
        throw new Damaged();
      }
      file.fill(0, range.start, range.end);
    }
  }
  for (const { type, at } of types.values()) {
    // Readers look for metadata by the type of an item.
    if (!PICTURES.has(type)) file.write('free', at, 'latin1');
  }
  stripProperties(file, find('iprp'));
  // Samples of a sequence are in `mdat` without an item.
  const hasSequence = boxes.some(({ type }) => type === 'moov');
  const areas = [...(hasSequence ? [] : boxes.filter(({ type }) => type === 'mdat'))];
  if (idat !== undefined) areas.push(idat);
  for (const area of areas) zeroGaps(file, area, pictures);
  for (const box of inMeta) if (!KEPT_IN_META.has(box.type)) remove(file, box);
  for (const box of boxes) {
    if (!KEPT.has(box.type)) remove(file, box);
    else if (box.type === 'moov') stripMoov(file, box);
    else if (box.type === 'meta' && box !== meta) throw new Damaged();
  }
}

/** Turns a box into free space. */
function remove(file: Buffer, { start, body, end }: IsoBox): void {
  file.write('free', start + 4, 'latin1');
  file.fill(0, body, end);
}

/** Items name their properties by index, so that a removed one stays as free space. */
function stripProperties(file: Buffer, iprp: IsoBox | undefined): void {
  if (iprp === undefined) return;
  for (const container of isoBoxes(file, iprp.body, iprp.end)) {
    if (container.type !== 'ipco') continue;
    for (const box of isoBoxes(file, container.body, container.end)) {
      if (REMOVED_PROPERTIES.has(box.type)) remove(file, box);
    }
  }
}

function stripMoov(file: Buffer, moov: IsoBox): void {
  for (const box of isoBoxes(file, moov.body, moov.end)) {
    if (REMOVED_IN_MOOV.has(box.type)) remove(file, box);
    else if (CONTAINERS_IN_MOOV.has(box.type)) stripMoov(file, box);
  }
}

/** Overwrites what no picture uses. */
function zeroGaps(file: Buffer, { body, end }: IsoBox, pictures: readonly Range[]): void {
  let at = body;
  for (const picture of [...pictures].sort((a, b) => a.start - b.start)) {
    if (picture.end <= at || picture.start >= end) continue;
    if (picture.start > at) file.fill(0, at, picture.start);
    at = Math.max(at, picture.end);
  }
  if (at < end) file.fill(0, at, end);
}

interface ItemType {
  readonly type: string;
  /** Position of the type. */
  readonly at: number;
}

/** The type of each item (ISO/IEC 14496-12 §8.11.6). */
function typesOf(file: Buffer, { body, end }: IsoBox): ReadonlyMap<number, ItemType> {
  const version = file.readUInt8(body);
  const types = new Map<number, ItemType>();
  for (const entry of isoBoxes(file, body + FULL + (version === 0 ? 2 : 4), end)) {
    if (entry.type !== 'infe') throw new Damaged();
    const kind = file.readUInt8(entry.body);
    if (kind < 2) throw new Damaged();
    const isWide = kind > 2;
    const id = isWide ? file.readUInt32BE(entry.body + FULL) : file.readUInt16BE(entry.body + FULL);
    const at = entry.body + FULL + (isWide ? 4 : 2) + 2;
    if (at + 4 > entry.end) throw new Damaged();
    types.set(id, { type: file.toString('latin1', at, at + 4), at });
  }
  return types;
}

interface Located {
  readonly id: number;
  readonly ranges: readonly Range[];
}

/** Where the bytes of each item are (ISO/IEC 14496-12 §8.11.3), inside of the file. */
function locationsOf(file: Buffer, iloc: IsoBox, idat: IsoBox | undefined): readonly Located[] {
  let at = iloc.body;
  const number = (size: number): number => {
    if (at + size > iloc.end) throw new Damaged();
    const start = at;
    at += size;
    if (size === 0) return 0;
    return size === 8 ? Number(file.readBigUInt64BE(start)) : file.readUIntBE(start, size);
  };
  const version = number(1);
  at += 3;
  if (version > 2) throw new Damaged();
  const [offsets, bases] = [number(1), number(1)];
  const sizes = [offsets >> 4, offsets & 15, bases >> 4, version > 0 ? bases & 15 : 0];
  if (!sizes.every((size) => size === 0 || size === 4 || size === 8)) throw new Damaged();
  const [offsetSize = 0, lengthSize = 0, baseSize = 0, indexSize = 0] = sizes;
  const wide = version === 2 ? 4 : 2;
  const count = number(wide);
  const items: Located[] = [];
  for (let i = 0; i < count; i++) {
    const id = number(wide);
    const method = version > 0 ? number(2) & 15 : IN_FILE;
    number(2);
    const base = number(baseSize);
    const extents = number(2);
    const ranges: Range[] = [];
    for (let n = 0; n < extents; n++) {
      number(indexSize);
      const offset = base + number(offsetSize);
      const length = number(lengthSize);
      // Made of other items: it has no bytes of its own.
      if (method > IN_IDAT) continue;
      const space = method === IN_IDAT ? idat : { body: 0, end: file.length };
      if (space === undefined) throw new Damaged();
      const start = space.body + offset;
      const end = length === 0 ? space.end : start + length;
      if (end > space.end || start > end) throw new Damaged();
      ranges.push({ start, end });
    }
    items.push({ id, ranges });
  }
  return items;
}
