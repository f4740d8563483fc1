import {
  BT709,
  type Colours,
  isColourSpace,
  PRIMARIES,
  power,
  srgb,
  TRANSFERS,
} from './colour-spaces.js';

/** What the chunks before the pixels say about colours. */
interface Marks {
  cicp?: Colours;
  hasProfile?: true;
  isSrgb?: true;
  gamma?: number;
  chromaticities?: Buffer;
  /** cd/m² */
  peak?: number | undefined;
  masteringPeak?: number | undefined;
}

/** An exponent this close to that of sRGB is taken for sRGB where no chromaticities are named, as in libpng. */
const TOLERANCE = 0.05;

/**
 * The colour space of a PNG that libvips ignores, by the precedence of the PNG specification (third edition,
 * §4.3): cICP, iCCP, sRGB, gAMA with cHRM. `profile`: its ICC profile counts. `undefined`: sRGB.
 *
 * As in browsers, a cICP with a number that nobody knows, video range or a matrix is ignored, and so are cHRM
 * without gAMA, and chromaticities that span no triangle.
 *
 * @param transfers what the numbers of a cICP mean
 */
export function readPngColours(
  bytes: Buffer,
  transfers = TRANSFERS,
): Colours | 'profile' | undefined {
  const { cicp, hasProfile, isSrgb, gamma, chromaticities, ...hdr } = readMarks(bytes, transfers);
  const isSrgbByCicp = cicp?.primaries === BT709 && cicp.transfer === srgb;
  if (isSrgbByCicp && !hasProfile) return undefined;
  if (cicp !== undefined) return { ...cicp, peak: hdr.peak ?? hdr.masteringPeak };
  if (hasProfile) return 'profile';
  if (isSrgb || gamma === undefined || gamma === 0) return undefined;
  if (chromaticities === undefined) {
    const isLikeSrgb = Math.abs(gamma * 2.2 - 1) < TOLERANCE;
    return isLikeSrgb ? undefined : { primaries: BT709, transfer: power(1 / gamma) };
  }
  const xy = (at: number) =>
    [chromaticities.readUInt32BE(at) / 1e5, chromaticities.readUInt32BE(at + 4) / 1e5] as const;
  const primaries = { white: xy(0), red: xy(8), green: xy(16), blue: xy(24) };
  return isColourSpace(primaries) ? { primaries, transfer: power(1 / gamma) } : undefined;
}

function readMarks(bytes: Buffer, transfers: typeof TRANSFERS): Marks {
  const marks: Marks = {};
  let at = 8;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') break;
    note(marks, type, bytes.subarray(at + 8, at + 8 + length), transfers);
    at += 12 + length;
  }
  return marks;
}

function note(marks: Marks, type: string, data: Buffer, transfers: typeof TRANSFERS): void {
  const { length } = data;
  if (type === 'iCCP') marks.hasProfile = true;
  if (type === 'sRGB') marks.isSrgb = true;
  if (type === 'gAMA' && length === 4) marks.gamma = data.readUInt32BE(0) / 1e5;
  if (type === 'cHRM' && length === 32) marks.chromaticities = data;
  // Luminances count units of 0.0001 cd/m².
  if (type === 'cLLI' && length === 8) marks.peak = data.readUInt32BE(0) / 1e4 || undefined;
  if (type === 'mDCV' && length === 24)
    marks.masteringPeak = data.readUInt32BE(16) / 1e4 || undefined;
  if (type === 'cICP' && length === 4) {
    const [primaries, transfer] = [PRIMARIES[data.readUInt8(0)], transfers[data.readUInt8(1)]];
    const isFullRgb = data.readUInt8(2) === 0 && data.readUInt8(3) === 1;
    if (primaries !== undefined && transfer !== undefined && isFullRgb) {
      marks.cicp = { primaries, transfer };
    }
  }
}
