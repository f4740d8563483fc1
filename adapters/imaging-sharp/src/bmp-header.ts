/** What the headers of a BMP say. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per pixel. */
  readonly depth: number;
  readonly isTopDown: boolean;
  readonly coding: 'plain' | 'runs';
  /** Bits of red, green, blue and alpha in a pixel of 16 bits or more. */
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
  readonly palette: { readonly at: number; readonly count: number; readonly entry: number };
  readonly pixelsAt: number;
  /** An ICC profile. */
  readonly profile: Uint8Array | undefined;
}

/** The header of the file, in front of that of the bitmap. */
const FILE_HEADER = 14;
/** Lengths of the bitmap's header: OS/2 1.0 (12) and 2.0 (16 to 64), Windows 3.0 to 5.0 (40, 52, 56, 108, 124). */
const [CORE, SHORTEST_OS2, INFO, MASKED, WITH_ALPHA, LONGEST_OS2, V4, V5] = [
  12, 16, 40, 52, 56, 64, 108, 124,
];
const WINDOWS = new Set([INFO, MASKED, WITH_ALPHA, V4, V5]);
const DEPTHS = new Set([1, 2, 4, 8, 16, 24, 32]);
/** Values of `biCompression`. In OS/2, 3 is a fax code, which no browser shows; 4 is a JPEG in Windows, likewise. */
const [PLAIN, RUNS_8, RUNS_4, BIT_FIELDS, RUNS_24, ALPHA_BIT_FIELDS] = [0, 1, 2, 3, 4, 6];
/** Masks without bit fields: five bits for each colour of 16, eight of 24 and 32. */
const FIVE_BITS = [0x7c00, 0x03e0, 0x001f, 0] as const;
const [RED, GREEN, BLUE, ALPHA] = [0xff_0000, 0xff00, 0xff, 0xff00_0000];
const EIGHT_BITS = [RED, GREEN, BLUE, 0] as const;

/** `null` for anything that is not a BMP, or of a kind that no browser shows. */
export function parseBmpHeader(view: DataView): BmpHeader | null {
  try {
    return parse(view);
  } catch (error) {
    // Reading behind the end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parse(view: DataView): BmpHeader | null {
  if (view.getUint16(0) !== 0x424d) return null;
  const length = view.getUint32(FILE_HEADER, true);
  const isWhole = length % 4 === 0 || length === 42 || length === 46;
  const isOs2 = isWhole && length >= SHORTEST_OS2 && length <= LONGEST_OS2 && !WINDOWS.has(length);
  if (length !== CORE && !isOs2 && !WINDOWS.has(length)) return null;
  const size = length === CORE ? coreSize(view) : longSize(view);
  const { width, height, depth } = size;
  if (width < 1 || height < 1) return null;
  const field = (at: number) => (at + 4 <= length ? view.getUint32(FILE_HEADER + at, true) : 0);
  const compression = length === CORE ? PLAIN : field(16);
  const found = codingOf(compression, depth, isOs2);
  if (found === null || !DEPTHS.has(depth)) return null;

  const masksAfter =
    length !== INFO || isOs2 || found === 'runs'
      ? 0
      : compression === BIT_FIELDS
        ? 12
        : compression === ALPHA_BIT_FIELDS
          ? 16
          : 0;
  const paletteAt = FILE_HEADER + length + masksAfter;
  const pixelsAt = view.getUint32(10, true);
  const entry = length === CORE ? 3 : 4;
  const all = depth <= 8 ? 2 ** depth : 0;
  const used = field(32) || all;
  const room = Math.floor((view.byteLength - paletteAt) / entry);
  return {
    ...size,
    coding: found,
    masks: masksOf(view, compression, depth, length),
    palette: { at: paletteAt, count: Math.max(0, Math.min(used, all, room)), entry },
    pixelsAt: Math.max(pixelsAt, FILE_HEADER + length),
    profile: length === V5 ? profileOf(view) : undefined,
  };
}

interface BmpSize {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly isTopDown: boolean;
}

function coreSize(view: DataView): BmpSize {
  const [width, height] = [view.getUint16(18, true), view.getUint16(20, true)];
  return { width, height, depth: view.getUint16(24, true), isTopDown: false };
}

/** A negative height means rows from the top. */
function longSize(view: DataView): BmpSize {
  const [width, height] = [view.getInt32(18, true), view.getInt32(22, true)];
  const depth = view.getUint16(28, true);
  return { width, height: Math.abs(height), depth, isTopDown: height < 0 };
}

function codingOf(compression: number, depth: number, isOs2: boolean): BmpHeader['coding'] | null {
  if (compression === PLAIN) return 'plain';
  if (compression === RUNS_8) return depth === 8 ? 'runs' : null;
  if (compression === RUNS_4) return depth === 4 ? 'runs' : null;
  if (isOs2) return compression === RUNS_24 && depth === 24 ? 'runs' : null;
  const hasFields = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
  return hasFields && (depth === 16 || depth === 32) ? 'plain' : null;
}

function masksOf(
  view: DataView,
  compression: number,
  depth: number,
  length: number,
): BmpHeader['masks'] {
  if (compression !== BIT_FIELDS && compression !== ALPHA_BIT_FIELDS) {
    if (depth === 16) return FIVE_BITS;
    // From Windows 4.0 on, alpha may be named without bit fields.
    const hasAlpha = length >= V4 && view.getUint32(FILE_HEADER + WITH_ALPHA - 4, true) !== 0;
    return depth === 32 && hasAlpha ? [RED, GREEN, BLUE, ALPHA] : EIGHT_BITS;
  }
  const at = FILE_HEADER + INFO;
  const mask = (index: number) =>
    view.getUint32(at + index * 4, true) & (depth === 16 ? 0xffff : -1);
  const hasAlpha = length >= WITH_ALPHA || compression === ALPHA_BIT_FIELDS;
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

/** `PROFILE_EMBEDDED`, and where a header of Windows 5.0 says so, and where the profile is. */
const EMBEDDED = 0x4d42_4544;
const [COLOUR_SPACE, PROFILE_AT, PROFILE_SIZE] = [56, 112, 116];

function profileOf(view: DataView): Uint8Array | undefined {
  const field = (at: number) => view.getUint32(FILE_HEADER + at, true);
  if (field(COLOUR_SPACE) !== EMBEDDED) return undefined;
  const [start, size] = [FILE_HEADER + field(PROFILE_AT), field(PROFILE_SIZE)];
  if (start + size > view.byteLength) return undefined;
  return new Uint8Array(view.buffer, view.byteOffset + start, size);
}
