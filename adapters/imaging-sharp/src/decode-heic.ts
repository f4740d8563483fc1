import { type LibHeif, withLibHeif } from './libheif.js';
import type { RawHeader, RawPicture } from './raw-picture.js';
import { createTaggedPicture, displayP3, toSrgb } from './tagged-picture.js';

/** Length of a `heif_error`; the pointers that functions give back are put behind one. */
const ERROR = 12;
/** `heif_colorspace_RGB`, `heif_chroma_interleaved_RGBA`, `heif_channel_interleaved`. */
const [RGB, RGBA, INTERLEAVED] = [1, 11, 10];
/** Colour primaries of ITU-T H.273 table 2. */
const P3_PRIMARIES = 12;
const UNSPECIFIED = 2;

/**
 * Size of the primary picture as shown, without unpacking a pixel; `null` for what is no HEIC.
 * libheif answers both calls, so that turns, mirrors and crops are understood the same way.
 */
export function readHeicHeader(bytes: Uint8Array): RawHeader | null {
  try {
    return withPrimary(bytes, ({ width, height }) => ({ width, height }));
  } catch {
    return null;
  }
}

/**
 * Unpacks the primary picture; thumbnails, depth and gain maps are left alone. Rejects for a broken
 * file. Colours are turned into sRGB where the file has an ICC profile, as phones write it, or is marked
 * as Display P3; any other mark (BT.2020 of a HDR picture) is passed over.
 */
export async function decodeHeic(bytes: Uint8Array): Promise<RawPicture> {
  const mark = withPrimary(bytes, markOf);
  const profile = mark === P3_PRIMARIES ? await displayP3() : mark;
  if (typeof profile === 'number') return withPrimary(bytes, (primary) => unpack(primary));
  const tagged = withPrimary(bytes, (primary) => {
    const picture = createTaggedPicture(primary, profile);
    unpack(primary, picture.data);
    return picture;
  });
  return toSrgb(tagged);
}

interface Primary extends RawHeader {
  readonly lib: LibHeif;
  readonly handle: number;
  /** Calls a function with room for an error and a pointer; gives the pointer. Throws its error. */
  readonly call: (name: string, use: (error: number, result: number) => void) => number;
}

function withPrimary<T>(bytes: Uint8Array, use: (primary: Primary) => T): T {
  return withLibHeif((lib) => {
    const room = lib._malloc(ERROR + 4);
    const call: Primary['call'] = (name, action) => {
      action(room, room + ERROR);
      const view = new DataView(lib.HEAPU8.buffer);
      const code = view.getInt32(room, true);
      if (code !== 0) throw new Error(`libheif: ${name}: ${code}.${view.getInt32(room + 4, true)}`);
      return view.getInt32(room + ERROR, true);
    };
    const file = lib._malloc(bytes.length);
    lib.HEAPU8.set(bytes, file);
    const context = lib._heif_context_alloc();
    call('read', (error) => {
      lib._heif_context_read_from_memory(error, context, file, bytes.length, 0);
    });
    // It has a copy of its own.
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
    lib._free(room);
    return result;
  });
}

function unpack(
  { lib, handle, call, width, height }: Primary,
  data: Uint8Array = new Uint8Array(width * height * 4),
): RawPicture {
  const image = call('decode', (error, result) => {
    lib._heif_decode_image(error, handle, result, RGB, RGBA, 0);
  });
  const isAsAnnounced =
    lib._heif_image_get_width(image, INTERLEAVED) === width &&
    lib._heif_image_get_height(image, INTERLEAVED) === height;
  if (!isAsAnnounced) throw new Error('libheif: another size than announced');
  const room = lib._malloc(4);
  const plane = lib._heif_image_get_plane_readonly(image, INTERLEAVED, room);
  const stride = new DataView(lib.HEAPU8.buffer).getInt32(room, true);
  for (let row = 0; row < height; row++) {
    const start = plane + row * stride;
    data.set(lib.HEAPU8.subarray(start, start + width * 4), row * width * 4);
  }
  lib._free(room);
  lib._heif_image_release(image);
  if (lib._heif_image_handle_is_premultiplied_alpha(handle) !== 0) unmultiply(data);
  return { data, width, height };
}

/** Some encoders store colours times alpha. */
function unmultiply(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let i = at; i < at + 3; i++) {
      data[i] = Math.min(255, Math.round(((data[i] ?? 0) * 255) / alpha));
    }
  }
}

/** What the file says of its colours: an ICC profile, or else the number of its primaries. */
function markOf({ lib, handle, call }: Primary): Uint8Array | number {
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
    // Behind a byte for the version, at the next multiple of four.
    const primaries = new DataView(lib.HEAPU8.buffer).getInt32(nclx + 4, true);
    lib._heif_nclx_color_profile_free(nclx);
    return primaries;
  } catch {
    return UNSPECIFIED;
  }
}
