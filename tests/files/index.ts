import { bombs } from './bombs.js';
import { broken } from './broken.js';
import { harmless } from './harmless.js';
import { unsupportedKinds } from './kinds.js';
import { pictures } from './pictures.js';
import { unsupported } from './unsupported.js';

/** A file, and the expected response of `POST /v1/upload` with a token that allows `image/*`. */
export interface TestFile {
  /** Unique. */
  readonly name: string;
  /** The filename of the upload. It must not matter. */
  readonly filename: string;
  readonly make: () => Promise<Buffer> | Buffer;
  readonly expected: 201 | 415 | 422;
  /** The type by its first bytes; absent if it is not a supported one. */
  readonly type?: string;
  /** Pixels as shown, if the response is a 201. */
  readonly size?: readonly [width: number, height: number];
}

/** Pictures that are not 64 × 48. */
const SIZES: Record<string, readonly [number, number]> = {
  jpegTurned: [48, 64],
  jpegSamsung: [160, 120],
  jpegBytesBetween: [16, 16],
  jpegPhotoshop: [200, 200],
  tiffTags: [2, 2],
  tiffPlanar: [16, 12],
  heicTurned: [96, 128],
  jxlTurned: [48, 64],
  gifScreen: [1, 1],
  jpegPanorama: [2000, 100],
  pngComment: [8, 8],
  pngOnePixel: [1, 1],
  pngColumn: [1, 400],
  pngRow: [3000, 1],
};

/** All files of this folder. */
export const FILES: readonly TestFile[] = [
  ...Object.entries({ ...pictures, ...harmless }).map(([name, make]) => picture(name, make)),
  ...Object.entries({ ...broken, ...bombs }).map(([name, make]): TestFile => {
    const type = typeOf(name);
    return { name, filename: filenameOf(name), make, expected: 422, type };
  }),
  ...Object.entries(unsupportedKinds).map(([name, make]): TestFile => {
    const type = typeOf(name);
    return { name, filename: filenameOf(name), make, expected: 415, type };
  }),
  ...Object.entries(unsupported).map(([name, bytes]): TestFile => {
    return { name, filename: 'photo.jpg', make: () => bytes, expected: 415 };
  }),
];

function picture(name: string, make: TestFile['make']): TestFile {
  const size = SIZES[name] ?? [64, 48];
  return { name, filename: filenameOf(name), make, expected: 201, type: typeOf(name), size };
}

/** The names of pictures start with their type: `gifAnimated`. */
function typeOf(name: string): string {
  return `image/${/^[a-z]+/.exec(name)?.[0]}`;
}

/** Some files are uploaded with a filename of another type than their bytes. */
function filenameOf(name: string): string {
  if (name === 'pngNamedJpg') return 'photo.jpg';
  if (name === 'jpegWithHtmlBehind') return 'photo.html';
  return `${name}.${typeOf(name).slice('image/'.length)}`;
}

/** The first file of each type and outcome: what each answer needs, where the engine's suite has all files. */
export function onePerOutcome(files: readonly TestFile[]): TestFile[] {
  const outcomes = files.map(({ type, expected }) => `${type} ${expected}`);
  return files.filter((_, at) => outcomes.indexOf(outcomes[at] ?? '') === at);
}
