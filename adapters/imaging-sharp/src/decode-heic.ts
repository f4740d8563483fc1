import { createRequire } from 'node:module';
import {
  createTaggedPicture,
  displayP3,
  type RawHeader,
  type RawPicture,
  toSrgb,
} from './raw-picture.js';

/** Size of a `heif_error` in bytes. Functions write their result pointer after it. */
const ERROR = 12;
/** `heif_colorspace_RGB`, `heif_chroma_interleaved_RGBA`, `heif_channel_interleaved`. */
const [RGB, RGBA, INTERLEAVED] = [1, 11, 10];
/** Colour primaries of ITU-T H.273 table 2. */
const P3_PRIMARIES = 12;
const UNSPECIFIED = 2;

/**
 * Size of the primary picture as shown, without decoding pixels; `null` when the bytes are no HEIC. libheif
 * computes it, so that rotations, mirrors and crops apply as in {@link decodeHeic}.
 */
export function readHeicHeader(bytes: Uint8Array): RawHeader | null {
  try {
    return withPrimary(bytes, ({ width, height }) => ({ width, height }));
  } catch {
    return null;
  }
}

/**
 * Decodes the primary picture, without thumbnails, depth maps and gain maps. Rejects for a broken file.
 * Converts colours to sRGB when the file has an ICC profile, as phones write it, or nclx primaries of Display
 * P3. Other nclx primaries (such as BT.2020 of an HDR picture) are ignored.
 */
export async function decodeHeic(bytes: Uint8Array): Promise<RawPicture> {
  const colours = withPrimary(bytes, coloursOf);
  const profile = colours === P3_PRIMARIES ? await displayP3() : colours;
  if (typeof profile === 'number') return withPrimary(bytes, (primary) => readPixels(primary));
  const tagged = withPrimary(bytes, (primary) => {
    const picture = createTaggedPicture(primary, profile);
    readPixels(primary, picture.data);
    return picture;
  });
  return toSrgb(tagged);
}

interface Primary extends RawHeader {
  readonly lib: LibHeif;
  readonly handle: number;
  /** Calls a function with addresses for its error and its result. Returns the result, throws the error. */
  readonly call: (name: string, use: (error: number, result: number) => void) => number;
}

function withPrimary<T>(bytes: Uint8Array, use: (primary: Primary) => T): T {
  return withLibHeif((lib) => {
    const buffer = lib._malloc(ERROR + 4);
    const call: Primary['call'] = (name, action) => {
      action(buffer, buffer + ERROR);
      const view = new DataView(lib.HEAPU8.buffer);
      const code = view.getInt32(buffer, true);
      if (code !== 0)
        throw new Error(`libheif: ${name}: ${code}.${view.getInt32(buffer + 4, true)}`);
      return view.getInt32(buffer + ERROR, true);
    };
    const file = lib._malloc(bytes.length);
    lib.HEAPU8.set(bytes, file);
    const context = lib._heif_context_alloc();
    call('read', (error) => {
      lib._heif_context_read_from_memory(error, context, file, bytes.length, 0);
    });
    // libheif has made a copy.
    lib._free(file);
    const handle = call('primary', (error, result) => {
      lib._heif_context_get_primary_image_handle(error, context, result);
    });
    const width = lib._heif_image_handle_get_width(handle);
    const height = lib._heif_image_handle_get_height(handle);
    if (width < 1 || height < 1) throw new Error('libheif: no pixels');
    const result = use({ lib, handle, call, width, height });
    lib._heif_image_handle_release(handle);
    lib._heif_context_free(context);
    lib._free(buffer);
    return result;
  });
}

function readPixels(
  { lib, handle, call, width, height }: Primary,
  data: Uint8Array = new Uint8Array(width * height * 4),
): RawPicture {
  const image = call('decode', (error, result) => {
    lib._heif_decode_image(error, handle, result, RGB, RGBA, 0);
  });
  const hasHeaderSize =
    lib._heif_image_get_width(image, INTERLEAVED) === width &&
    lib._heif_image_get_height(image, INTERLEAVED) === height;
  if (!hasHeaderSize) throw new Error('libheif: size differs from the header');
  const strideAt = lib._malloc(4);
  const plane = lib._heif_image_get_plane_readonly(image, INTERLEAVED, strideAt);
  const stride = new DataView(lib.HEAPU8.buffer).getInt32(strideAt, true);
  for (let row = 0; row < height; row++) {
    const start = plane + row * stride;
    data.set(lib.HEAPU8.subarray(start, start + width * 4), row * width * 4);
  }
  lib._free(strideAt);
  lib._heif_image_release(image);
  if (lib._heif_image_handle_is_premultiplied_alpha(handle) !== 0) unmultiply(data);
  return { data, width, height };
}

/** Some encoders store premultiplied alpha. */
function unmultiply(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let i = at; i < at + 3; i++) {
      data[i] = Math.min(255, Math.round(((data[i] ?? 0) * 255) / alpha));
    }
  }
}

/** The ICC profile of the file, else the number of its nclx primaries. */
function coloursOf({ lib, handle, call }: Primary): Uint8Array | number {
  const length = lib._heif_image_handle_get_raw_color_profile_size(handle);
  if (length === 0) return primariesOf({ lib, handle, call });
  const bytes = lib._malloc(length);
  call('profile', (error) => lib._heif_image_handle_get_raw_color_profile(error, handle, bytes));
  const profile = lib.HEAPU8.slice(bytes, bytes + length);
  lib._free(bytes);
  return profile;
}

function primariesOf({ lib, handle, call }: Pick<Primary, 'lib' | 'handle' | 'call'>): number {
  try {
    const nclx = call('nclx', (error, result) => {
      lib._heif_image_handle_get_nclx_color_profile(error, handle, result);
    });
    // After one byte of version, aligned to four bytes.
    const primaries = new DataView(lib.HEAPU8.buffer).getInt32(nclx + 4, true);
    lib._heif_nclx_color_profile_free(nclx);
    return primaries;
  } catch {
    return UNSPECIFIED;
  }
}

/**
 * The part of libheif's C API that is used here, as WebAssembly exports it. Pointers are numbers. A function
 * that returns a `heif_error` takes the address for it as its first parameter.
 */
interface LibHeif {
  /** The module's memory. A new array after each growth. */
  readonly HEAPU8: Uint8Array;
  _malloc(length: number): number;
  _free(pointer: number): void;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_read_from_memory(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_release(handle: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_is_premultiplied_alpha(handle: number): number;
  _heif_image_handle_get_raw_color_profile_size(handle: number): number;
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, bytes: number): void;
  _heif_image_handle_get_nclx_color_profile(error: number, handle: number, profile: number): void;
  _heif_nclx_color_profile_free(profile: number): void;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colourspace: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_release(image: number): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly(image: number, channel: number, stride: number): number;
}

/** WebAssembly memory never shrinks: a module with more bytes than this is not reused. */
const MAX_REUSED_BYTES = 64 << 20;

let reusable: LibHeif | undefined;

/** Calls a function with libheif, 2 MB of WebAssembly that is loaded on first use. */
function withLibHeif<T>(use: (lib: LibHeif) => T): T {
  const lib = reusable ?? load();
  // Not reused after an error: a trap may leave it in any state.
  reusable = undefined;
  const result = use(lib);
  if (lib.HEAPU8.length <= MAX_REUSED_BYTES) reusable = lib;
  return result;
}

function load(): LibHeif {
  const require = createRequire(import.meta.url);
  const create: () => LibHeif = require('libheif-js/libheif-wasm/libheif-bundle.js');
  return create();
}
