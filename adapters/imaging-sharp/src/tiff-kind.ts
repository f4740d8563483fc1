/** Most entries of a directory that are read. */
const MAX_ENTRIES = 500;

/** Tags of TIFF 6.0 and its supplements. */
const TAG = {
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  format: 339,
} as const;

const COMPRESSIONS: Readonly<Record<number, string>> = {
  6: 'old-style JPEG compression',
  32908: 'PixarFilm compression',
  32909: 'PixarLog compression',
  34661: 'JBIG compression',
  34676: 'LogLuv compression',
  34677: 'LogLuv compression',
  34712: 'JPEG 2000 compression',
  34887: 'LERC compression',
  34892: 'lossy JPEG compression of DNG',
  34925: 'LZMA compression',
  50000: 'Zstandard compression',
  50002: 'JPEG XL compression',
};
/** None, fax, LZW, JPEG, Deflate, PackBits, NeXT, CCITT RLE, ThunderScan, WebP. */
const DECODABLE = new Set([
  ...[1, 2, 3, 4, 5, 7, 8],
  ...[32_766, 32_771, 32_773, 32_809, 32_946, 50_001],
]);
const JPEG = 7;

const FORMATS: Readonly<Record<number, string>> = {
  2: 'signed integers',
  3: 'floating-point numbers',
  5: 'complex integers',
  6: 'complex numbers',
};
const PHOTOMETRICS: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  9: 'ICC Lab colours',
  10: 'ITU Lab colours',
  32803: 'a colour filter array of a camera sensor',
  32844: 'LogL colours',
  32845: 'LogLuv colours',
  34892: 'linear raw data of a camera sensor',
};
const [RGB, PALETTE, CMYK, YCBCR, LAB] = [2, 3, 5, 6, 8] as const;
/** Samples of a pixel without alpha. */
const COLOURS: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [CMYK]: 4,
  [YCBCR]: 3,
  [LAB]: 3,
};

/**
 * What about the first page of a TIFF the decoder does not support, in words that follow "not supported:"; `null` if it
 * supports the page, or if the file is broken. libvips shows some of these kinds black or in wrong colours, and
 * reports others as broken.
 *
 * @example
 * unsupportedTiff(twelveBits); // '12 bits per sample'
 */
export function unsupportedTiff(file: Uint8Array): string | null {
  const fields = readDirectory(file);
  return fields === null ? null : judge(fields);
}

function judge(fields: ReadonlyMap<number, readonly number[]>): string | null {
  const one = (tag: number, absent: number) => fields.get(tag)?.[0] ?? absent;
  const compression = one(TAG.compression, 1);
  const samples = one(TAG.samples, 1);
  const photometric = one(TAG.photometric, samples < 3 ? 1 : RGB);
  const depths = new Set(fields.get(TAG.bits) ?? [1]);
  const formats = fields.get(TAG.format) ?? [1];

  if (!DECODABLE.has(compression)) {
    return COMPRESSIONS[compression] ?? `compression ${compression}`;
  }
  const colours = COLOURS[photometric];
  if (colours === undefined) return PHOTOMETRICS[photometric] ?? `photometric ${photometric}`;
  const format = formats.find((each) => each in FORMATS);
  if (format !== undefined) return `${FORMATS[format]} as samples`;
  const [bits = 1, ...others] = depths;
  if (others.length > 0) return `samples of different sizes (${[...depths].join(', ')} bits)`;
  const isGrey = samples === 1 && colours === 1;
  if (bits !== 8 && bits !== 16 && !(isGrey && [1, 2, 4].includes(bits))) {
    return `${bits} bits per sample`;
  }
  if (photometric === PALETTE && bits > 8) return `a palette of ${bits} bits`;
  if (photometric === YCBCR && compression !== JPEG)
    return 'YCbCr colours without JPEG compression';
  if (photometric === LAB && (bits === 8 || samples > colours)) {
    return bits === 8 ? 'Lab colours of 8 bits' : 'Lab colours and alpha';
  }
  if (samples < colours || samples > colours + 1) return `${samples} samples per pixel`;
  return null;
}

/** Sizes of the field types that tags in {@link TAG} may have: BYTE, SHORT, LONG, LONG8. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** Values of a field that are read: one per sample, and more are refused. */
const MAX_VALUES = 16;

/** The first directory (TIFF 6.0 §2, or BigTIFF); `null` if it is broken. */
function readDirectory(file: Uint8Array): Map<number, number[]> | null {
  const read = (start: number, length: number) => file.subarray(start, start + length);
  try {
    const header = viewOf(read(0, 16));
    const isLittle = header.getUint16(0) === 0x4949;
    const isBig = header.getUint16(2, isLittle) === 43;
    const pointer = isBig ? 8 : 4;
    const entryBytes = 4 + 2 * pointer;
    const [counter, inEntry] = isBig ? [8, 12] : [2, 8];
    const number = (view: DataView, at: number, size: number): number => {
      if (size === 1) return view.getUint8(at);
      if (size === 2) return view.getUint16(at, isLittle);
      return size === 4 ? view.getUint32(at, isLittle) : Number(view.getBigUint64(at, isLittle));
    };
    const start = number(header, isBig ? 8 : 4, pointer);
    const count = number(viewOf(read(start, counter)), 0, counter);
    const length = Math.min(count, MAX_ENTRIES) * entryBytes;
    const bytes = read(start + counter, length);
    if (bytes.length < length) return null;
    const directory = viewOf(bytes);
    const fields = new Map<number, number[]>();
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
      const tag = number(directory, at, 2);
      if (!Object.values<number>(TAG).includes(tag) || fields.has(tag)) continue;
      const size = SIZES[number(directory, at + 2, 2)];
      const values = Math.min(number(directory, at + 4, pointer), MAX_VALUES);
      if (size === undefined) continue;
      const isInline = values * size <= pointer;
      const where = number(directory, at + inEntry, pointer);
      const view = isInline ? directory : viewOf(read(where, values * size));
      const first = isInline ? at + inEntry : 0;
      fields.set(
        tag,
        Array.from({ length: values }, (_, i) => number(view, first + i * size, size)),
      );
    }
    return fields;
  } catch {
    return null;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
