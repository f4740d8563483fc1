import type { MasterType } from '@auraimage/protocol';
import type { SharpOptions } from 'sharp';
import { repairJpeg } from './jpeg-repair.js';
import { judgeScans } from './jpeg-scan.js';
import { type Input, NEEDS_BYTES } from './tasks.js';

type FailOn = NonNullable<SharpOptions['failOn']>;

/** Decodes a file to its last row. Rejects for a broken one; reports what libvips warns of. */
export type Decode<T> = (
  input: Input,
  failOn: FailOn,
  onWarning: (text: string) => void,
) => Promise<T>;

/**
 * Decodes a file that may cause harmless warnings. Decoders report damaged data as warnings as well, and fill the
 * rest with grey or noise; which warnings are of which kind is in
 * docs/decisions/0027-warnings-of-decoders.md.
 *
 * @returns `null` for a broken file; {@link NEEDS_BYTES} if it must be repaired and its bytes are not given
 */
export async function decodeTolerant<T>(
  input: Input,
  type: MasterType,
  decode: Decode<T>,
): Promise<T | typeof NEEDS_BYTES | null> {
  if (type === 'image/tiff') return decodeTiff(input, decode);
  try {
    return await decodeStrict(input, decode);
  } catch (error) {
    if (type !== 'image/jpeg' || !isHarmless(error, [...REMARKS, NO_END])) return null;
    return typeof input === 'string' ? NEEDS_BYTES : decodeRepaired(input, decode);
  }
}

/**
 * What a decoder is strict about when a variant is made: the file was decoded once when it was uploaded. libjpeg
 * would refuse a file that only lacks its end-of-image marker.
 */
export function strictness(type: MasterType): FailOn {
  return type === 'image/jpeg' ? 'none' : 'error';
}

const ignore = () => {};

/** libvips checks for warnings before it reads rows, and reports those of the last rows when it has finished. */
async function decodeStrict<T>(input: Input, decode: Decode<T>): Promise<T> {
  let late: string | undefined;
  const decoded = await decode(input, 'warning', (text) => {
    if (text.startsWith('VipsJpeg: ')) late ??= text;
  });
  if (late !== undefined) throw new Error(late);
  return decoded;
}

async function decodeRepaired<T>(bytes: Uint8Array, decode: Decode<T>): Promise<T | null> {
  const repaired = repairJpeg(bytes);
  if (repaired === null) return null;
  const scans = judgeScans(repaired.bytes);
  if (scans === 'damaged') return null;
  try {
    return await decodeStrict(repaired.bytes, decode);
  } catch (error) {
    // Without an end, bytes behind the data may be a part of the file that was never written.
    if (!repaired.hasEnd || !isHarmless(error, REMARKS)) return null;
    const isDoubtful = scans === 'unknown' && isHarmless(error, [EXTRANEOUS]);
    if (isDoubtful && !isPadding(error, repaired.bytes)) return null;
  }
  return decode(repaired.bytes, 'none', ignore).catch(() => null);
}

/** Not before a restart: there they are the rest of damaged data. */
const EXTRANEOUS = /(\d+) extraneous bytes before marker 0x(?!d[0-7])(..)/;

/** Harmless texts of libjpeg (its `jerror.h`): about segments, scan scripts, and bytes that nobody reads. */
const REMARKS = [
  EXTRANEOUS,
  /Invalid SOS parameters/,
  /Unknown Adobe color transform/,
  /unknown JFIF revision/,
  /Inconsistent progression sequence/,
  /bad ICC marker/,
];
/** libvips: the file ends before its end-of-image marker. */
const NO_END = /premature end of JPEG image/;

/** libjpeg reports the first warning; libvips repeats it. */
function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
}

function isHarmless(error: unknown, kinds: readonly RegExp[]): boolean {
  return kinds.some((kind) => kind.test(firstLine(error)));
}

/**
 * Whether the extraneous bytes of a warning are zeros, wherever in the file they are. Other bytes behind the data of
 * a scan are more often the rest of damaged data.
 */
function isPadding(error: unknown, bytes: Uint8Array): boolean {
  const [, count = '0', marker = '00'] = EXTRANEOUS.exec(firstLine(error)) ?? [];
  const [length, code] = [Number(count), Number.parseInt(marker, 16)];
  for (let at = bytes.indexOf(0xff); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] !== code || at < length) continue;
    if (bytes.subarray(at - length, at).every((byte) => byte === 0)) return true;
  }
  return false;
}

/** Warnings of libtiff's decoders about strips and tiles. Its other warnings are about tags. */
const DAMAGED_TIFF = [
  /Corrupt JPEG data: (?!.*extraneous)/,
  /Premature/,
  /Line length mismatch/,
  /Discarding \d+ bytes/,
  /lack of data/,
  /Fractional scanline/,
];

async function decodeTiff<T>(input: Input, decode: Decode<T>): Promise<T | null> {
  let isDamaged = false;
  const onWarning = (text: string) => {
    isDamaged ||= DAMAGED_TIFF.some((kind) => kind.test(text));
  };
  const decoded = await decode(input, 'error', onWarning).catch(() => null);
  return isDamaged ? null : decoded;
}
