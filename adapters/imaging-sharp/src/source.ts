import type { MasterType } from '@auraimage/protocol';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { type Apng, readApng } from './apng.js';
import { stillOfSequence } from './avif-sequence.js';
import { STILL_TRANSFERS, TRANSFERS } from './colour-spaces.js';
import { withClearFrame } from './gif-canvas.js';
import { readHeifMarks } from './heif-marks.js';
import { readPngColours } from './png-colours.js';
import type { RawHeader, RawPicture } from './raw-picture.js';
import { sharp } from './sharp.js';
import { bytesOf, type Input } from './tasks.js';
import { type Coding, toDisplay } from './to-display.js';
import { type Frames, turnFrames } from './turn-frames.js';

/** A master whose header has been read, and no pixel. */
export interface Source {
  /** Pixels as shown: orientation applied; one frame of an animation. */
  readonly width: number;
  readonly height: number;
  /** Frames of an animation; 1 for a still picture, however many pages it has. */
  readonly frames: number;
  /** Milliseconds that each frame is shown. */
  readonly delay: number[];
  /** How often an animation is played; 0 means forever. */
  readonly loop: number;
  /** Most pixels that its decoder can do, if there is such a limit. */
  readonly maxPixels?: number;
  /** Starts a pipeline. Rejects for a broken file, as the pipeline itself may. */
  decode(options: DecodeOptions): Promise<Decoded>;
}

interface DecodeOptions {
  /** Frames of an animation to decode, from the first. */
  readonly frames: number;
  readonly failOn: NonNullable<SharpOptions['failOn']>;
  /** Whether a decoder must not shrink, because it blurs and displaces hard edges. For files in sRGB only. */
  readonly exact?: boolean;
}

/** The pipeline of a master. Frames are below each other, and the orientation is applied. */
export interface Decoded {
  readonly image: Sharp;
  readonly hasAlpha: boolean;
  /**
   * Converts the colours of a pipeline that continues `image` to sRGB. Call it after scaling: it may run the pipeline
   * up to there, with all its pixels in memory, and then rejects for a broken file.
   */
  show(image: Sharp): Promise<Sharp>;
}

/** Types that libvips does not read. Their decoders produce raw pixels. */
const RAW_DECODERS = {
  'image/heic': async () => {
    const { decodeHeic, readHeicHeader } = await import('./decode-heic.js');
    return { readHeader: readHeicHeader, decode: decodeHeic };
  },
  'image/bmp': async () => {
    const { decodeBmp, readBmpHeader } = await import('./decode-bmp.js');
    return { readHeader: readBmpHeader, decode: decodeBmp };
  },
};

/**
 * The decoder of JPEG XL takes 0.4 seconds and 35 MB a megapixel: more would not fit into the time of a job, nor into the
 * memory of its process.
 */
const MAX_JXL_PIXELS = 16_000_000;

type RawDecodedType = keyof typeof RAW_DECODERS;

/** EXIF orientations from this one on swap width and height (Exif 2.32 §4.6.4 A). */
const FIRST_TRANSPOSED = 5;

/**
 * Reads the header of a master; `null` for a file of another type, or with a damaged header. Does not limit the size,
 * which callers report.
 */
export async function openSource(input: Input, type: MasterType): Promise<Source | null> {
  if (type in RAW_DECODERS) return openRaw(input, type as RawDecodedType);
  return type === 'image/jxl' ? openJxl(input) : openFile(input, type);
}

/** A file that libvips reads. */
async function openFile(
  input: Input,
  type: MasterType,
  transfers = TRANSFERS,
): Promise<Source | null> {
  const still = type === 'image/avif' ? withStillBrand(input) : input;
  const header = await readHeader(still);
  if (header === null || mediaType(header) !== type) return null;
  const clear = type === 'image/gif' ? withClearFrame(bytesOf(input), canvasOf(header)) : null;
  const readable = clear ?? still;
  const coding = codingOf(readable, header, type, transfers);
  const apng = type === 'image/png' ? readApng(bytesOf(input)) : null;
  const { width, height, orientation = 1 } = header;
  const { pages = 1, delay = [], loop = 0 } = header;
  const hasAlpha = header.hasAlpha || clear !== null;
  const frames = isAnimatedType(type) ? (apng?.frames ?? pages) : 1;
  return {
    ...(orientation < FIRST_TRANSPOSED ? { width, height } : { width: height, height: width }),
    frames,
    delay: apng?.delay ?? delay,
    loop: apng?.loop ?? loop,
    async decode({ frames: wanted, failOn, exact = false }) {
      if (apng !== null && wanted > 1) return decodeApng(apng, header, coding);
      const image = sharp(readable, {
        page: header.pagePrimary ?? 0,
        pages: wanted,
        failOn,
        limitInputPixels: false,
        sequentialRead: true,
        ignoreIcc: coding !== undefined,
      });
      // With any colour space, sharp does not let decoders shrink.
      const space = workingSpace(header, type, coding) ?? (exact ? 'srgb' : undefined);
      if (space !== undefined) image.pipelineColourspace(space);
      const isTurned = wanted > 1 && orientation > 1;
      return {
        image: isTurned ? await turn(image, orientation) : image.autoOrient(),
        hasAlpha,
        show: (scaled) => show(scaled, coding),
      };
    },
  };
}

/** The size of a frame. */
function canvasOf({ width, height, pageHeight }: Metadata) {
  return { width, height: pageHeight ?? height };
}

/** All pixels of all frames are in memory. */
async function turn(image: Sharp, orientation: number): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, pageHeight: height = info.height, channels } = info;
  return sharpOfFrames(turnFrames({ data, width, height, channels }, orientation));
}

/** All pixels of all frames are in memory. */
async function decodeApng(
  apng: Apng,
  header: Metadata,
  coding: Coding | undefined,
): Promise<Decoded> {
  const space = workingSpace(header, 'image/png', coding);
  const data = await apng.compose((png) => {
    const frame = sharp(png, { limitInputPixels: false, ignoreIcc: coding !== undefined });
    if (space !== undefined) frame.pipelineColourspace(space);
    return frame.toColourspace('srgb').ensureAlpha().raw().toBuffer();
  });
  const { width, height } = apng;
  return {
    image: sharpOfFrames({ data, width, height, channels: 4 }),
    hasAlpha: !isOpaque({ data }),
    show: (scaled) => show(scaled, coding && { ...coding, depth: 8 }),
  };
}

/** A pipeline of frames below each other. */
export function sharpOfFrames({ data, width, height, channels }: Frames): Sharp {
  const all = data.length / (width * channels);
  const raw = { width, height: all, channels, pageHeight: height };
  return sharp(data, { raw, pages: all / height, limitInputPixels: false });
}

/** JPEG XL is decoded into a PNG. */
async function openJxl(input: Input): Promise<Source | null> {
  const { decodeJxl, readJxlHeader } = await import('./decode-jxl.js');
  const bytes = bytesOf(input);
  const header = await readJxlHeader(bytes);
  if (header === null) return null;
  return {
    ...header,
    frames: 1,
    delay: [],
    loop: 0,
    maxPixels: MAX_JXL_PIXELS,
    async decode(options) {
      const png = await openFile(await decodeJxl(bytes), 'image/png', STILL_TRANSFERS);
      if (png === null) throw new Error('jxl-oxide: no PNG');
      return png.decode(options);
    },
  };
}

async function openRaw(input: Input, type: RawDecodedType): Promise<Source | null> {
  const { readHeader, decode } = await RAW_DECODERS[type]();
  const bytes = bytesOf(input);
  const header: RawHeader | null = readHeader(bytes);
  if (header === null) return null;
  return {
    ...header,
    frames: 1,
    delay: [],
    loop: 0,
    async decode() {
      const picture = await decode(bytes);
      const { data, width, height, coding } = picture;
      const raw = { width, height, channels: 4 } as const;
      return {
        image: sharp(data, { raw, limitInputPixels: false }),
        hasAlpha: !isOpaque(picture),
        show: (scaled) => show(scaled, coding),
      };
    },
  };
}

async function show(scaled: Sharp, coding: Coding | undefined): Promise<Sharp> {
  return coding === undefined ? scaled.toColourspace('srgb') : toDisplay(scaled, coding);
}

/** The numbers that libvips itself would not convert; `undefined` for all others. */
function codingOf(
  input: Input,
  { space, depth, bitsPerSample = 8, hasProfile }: Metadata,
  type: MasterType,
  transfers: typeof TRANSFERS,
): Coding | undefined {
  const bits = depth === 'ushort' ? Math.max(9, bitsPerSample) : 8;
  if (space === 'cmyk' && !hasProfile)
    return { colours: 'ink', depth: depth === 'ushort' ? 16 : 8 };
  if (type === 'image/png') {
    const colours = readPngColours(bytesOf(input), transfers);
    return typeof colours === 'object' ? { colours, depth: bits } : undefined;
  }
  if (type !== 'image/avif') return undefined;
  const { colours, limited, hasProfile: isProfiled } = readHeifMarks(bytesOf(input));
  const isLimited = limited.luma || limited.alpha;
  if (!isLimited && (colours === undefined || isProfiled)) return undefined;
  return { ...(!isProfiled && colours && { colours }), limited, depth: bits };
}

/**
 * The colour space of the pipeline, where the default of sharp is wrong: it converts 16 bits with a profile to Display P3
 * and calls them sRGB, and CMYK without a profile by one of its own. Naming any colour space also keeps libwebp from
 * scaling, which mixes the colours of transparent pixels into their neighbours.
 */
function workingSpace(
  { space, hasAlpha }: Metadata,
  type: MasterType,
  coding: Coding | undefined,
): 'cmyk' | 'b-w' | 'srgb' | undefined {
  if (coding !== undefined) return coding.colours === 'ink' ? 'cmyk' : undefined;
  if (space === 'rgb16') return 'srgb';
  if (space === 'grey16') return 'b-w';
  return type === 'image/webp' && hasAlpha ? 'srgb' : undefined;
}

/** `null` when no allowed decoder accepts the header. */
async function readHeader(input: Input): Promise<Metadata | null> {
  try {
    return await sharp(input, { limitInputPixels: false }).metadata();
  } catch {
    return null;
  }
}

function mediaType({ format, compression }: Metadata): string {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : 'image/heic';
  return `image/${format}`;
}

/**
 * libvips refuses the major brand of image sequences, although most files of it have a still picture too. That one is
 * shown, or else the first frame.
 */
function withStillBrand(input: Input): Input {
  const bytes = bytesOf(input);
  if (bytes.toString('latin1', 8, 12) !== 'avis') return input;
  const still = stillOfSequence(bytes);
  if (still !== null) return still;
  const changed = Buffer.from(bytes);
  changed.write('avif', 8, 'latin1');
  return changed;
}

/** Types that may be animated: their pages are frames, not separate pictures. */
export function isAnimatedType(type: MasterType): boolean {
  return type === 'image/gif' || type === 'image/webp' || type === 'image/png';
}

function isOpaque({ data }: Pick<RawPicture, 'data'>): boolean {
  const most = data instanceof Uint16Array ? 65_535 : 255;
  for (let at = 3; at < data.length; at += 4) if (data[at] !== most) return false;
  return true;
}
