import { createRequire } from 'node:module';
import { readHeifMarks } from './heif-marks.js';
import { createTaggedPicture, type RawHeader, type RawPicture, toSrgb } from './raw-picture.js';

/** Size of a `heif_error` in bytes. Functions write their result pointer after it. */
const ERROR = 12;
/** `heif_colorspace_RGB`, `heif_chroma_interleaved_RGBA` and `_RRGGBBAA_LE`, `heif_channel_interleaved`. */
const [RGB, RGBA, DEEP_RGBA, INTERLEAVED] = [1, 11, 15, 10];

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
 * Converts colours to sRGB when the file has an ICC profile, as phones write it. Without one, the result says which
 * colours the nclx marks name, and has 16 bits a channel if the file has more than 8: HDR needs them.
 */
export async function decodeHeic(bytes: Uint8Array): Promise<RawPicture> {
  const profile = withPrimary(bytes, profileOf);
  if (profile === undefined) {
    const { colours } = readHeifMarks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return withPrimary(bytes, (primary) => {
      const depth = colours === undefined ? 8 : depthOf(primary);
      if (depth > 8) return { ...readDeepPixels(primary, depth), coding: { colours, depth: 16 } };
      const picture = readPixels(primary);
      return colours === undefined ? picture : { ...picture, coding: { colours, depth: 8 } };
    });
  }
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

function depthOf({ lib, handle }: Primary): number {
  return lib._heif_image_handle_get_luma_bits_per_pixel(handle);
}

function readPixels(
  primary: Primary,
  data: Uint8Array = new Uint8Array(primary.width * primary.height * 4),
): RawPicture {
  const { width, height } = primary;
  decodeRows(primary, RGBA, (memory, start, row) => {
    data.set(memory.subarray(start, start + width * 4), row * width * 4);
  });
  if (isPremultiplied(primary)) unmultiply(data, 255);
  return { data, width, height };
}

/** With 16 bits a channel, of which the file has `depth`. */
function readDeepPixels(primary: Primary, depth: number): RawPicture {
  const { width, height } = primary;
  const data = new Uint16Array(width * height * 4);
  const scale = 65_535 / ((1 << depth) - 1);
  decodeRows(primary, DEEP_RGBA, (memory, start, row) => {
    const values = new Uint16Array(memory.buffer, memory.byteOffset + start, width * 4);
    for (let i = 0; i < width * 4; i++)
      data[row * width * 4 + i] = Math.round((values[i] ?? 0) * scale);
  });
  if (isPremultiplied(primary)) unmultiply(data, 65_535);
  return { data, width, height };
}

/** Decodes, and calls a function with the address of each row. */
function decodeRows(
  { lib, handle, call, width, height }: Primary,
  chroma: number,
  use: (memory: Uint8Array, start: number, row: number) => void,
): void {
  const image = call('decode', (error, result) => {
    lib._heif_decode_image(error, handle, result, RGB, chroma, 0);
  });
  const hasHeaderSize =
    lib._heif_image_get_width(image, INTERLEAVED) === width &&
    lib._heif_image_get_height(image, INTERLEAVED) === height;
  if (!hasHeaderSize) throw new Error('libheif: size differs from the header');
  const strideAt = lib._malloc(4);
  const plane = lib._heif_image_get_plane_readonly(image, INTERLEAVED, strideAt);
  const stride = new DataView(lib.HEAPU8.buffer).getInt32(strideAt, true);
  for (let row = 0; row < height; row++) use(lib.HEAPU8, plane + row * stride, row);
  lib._free(strideAt);
  lib._heif_image_release(image);
}

function isPremultiplied({ lib, handle }: Primary): boolean {
  return lib._heif_image_handle_is_premultiplied_alpha(handle) !== 0;
}

/** Some encoders store premultiplied alpha. */
function unmultiply(data: Uint8Array | Uint16Array, most: number): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    if (alpha === 0 || alpha === most) continue;
    for (let i = at; i < at + 3; i++) {
      data[i] = Math.min(most, Math.round(((data[i] ?? 0) * most) / alpha));
    }
  }
}

function profileOf({ lib, handle, call }: Primary): Uint8Array | undefined {
  const length = lib._heif_image_handle_get_raw_color_profile_size(handle);
  if (length === 0) return undefined;
  const bytes = lib._malloc(length);
  call('profile', (error) => lib._heif_image_handle_get_raw_color_profile(error, handle, bytes));
  const profile = lib.HEAPU8.slice(bytes, bytes + length);
  lib._free(bytes);
  return profile;
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
  _heif_image_handle_get_luma_bits_per_pixel(handle: number): number;
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
