import { bombs } from './bombs.js';
import { broken } from './broken.js';
import { pictures } from './pictures.js';
import { strangers } from './strangers.js';

export { bombs, broken, pictures, strangers };

/** A file, and what `POST /v1/upload` must answer to it under a token that allows `image/*`. */
export interface TestFile {
  /** No other file has it. */
  readonly name: string;
  /** The name to upload it under: whatever it says must not matter. */
  readonly filename: string;
  readonly make: () => Promise<Buffer> | Buffer;
  readonly expected: 201 | 415 | 422;
  /** What its first bytes announce; absent where the answer is 415. */
  readonly type?: string;
  /** Pixels as shown, where the answer is 201. */
  readonly size?: readonly [width: number, height: number];
}

/** Pictures that are not 64 × 48. */
const SIZES: Record<string, readonly [number, number]> = {
  jpegTurned: [48, 64],
  jpegPanorama: [2000, 100],
  pngOnePixel: [1, 1],
  pngColumn: [1, 400],
  pngRow: [3000, 1],
};

/** Every file of this folder: loop over it. */
export const FILES: readonly TestFile[] = [
  ...Object.entries(pictures).map(([name, make]) => picture(name, make)),
  { ...picture('pngNamedJpg', pictures.png), filename: 'photo.jpg' },
  {
    // A picture all the same: its type and `nosniff` keep a browser from reading the rest as a page.
    ...picture('jpegWithHtmlBehind', async () =>
      Buffer.concat([await pictures.jpeg(), strangers.html]),
    ),
    filename: 'photo.html',
  },
  ...Object.entries({ ...broken, ...bombs }).map(([name, make]): TestFile => {
    const type = typeOf(name);
    return { name, filename: filenameOf(name), make, expected: 422, type };
  }),
  ...Object.entries(strangers).map(([name, bytes]): TestFile => {
    return { name, filename: 'photo.jpg', make: () => bytes, expected: 415 };
  }),
];

function picture(name: string, make: TestFile['make']): TestFile {
  const size = SIZES[name] ?? [64, 48];
  return { name, filename: filenameOf(name), make, expected: 201, type: typeOf(name), size };
}

/** Pictures are named by their type first: `gifAnimated`. */
function typeOf(name: string): string {
  return `image/${/^[a-z]+/.exec(name)?.[0]}`;
}

function filenameOf(name: string): string {
  return `${name}.${typeOf(name).slice('image/'.length)}`;
}
