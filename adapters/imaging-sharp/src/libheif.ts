import { createRequire } from 'node:module';

/**
 * The functions of libheif's C interface that are used here, as WebAssembly exports them. A pointer is a
 * number; a function that returns a `heif_error` takes the address to put it at first.
 */
export interface LibHeif {
  /** All of the module's memory. Another array whenever it has grown. */
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

/** WebAssembly's memory never shrinks: a module that took more than this is not used again. */
const KEPT_MEMORY = 64 << 20;

let kept: LibHeif | undefined;

/** Lends libheif to a function. Loaded at the first call: 2 MB of WebAssembly. */
export function withLibHeif<T>(use: (lib: LibHeif) => T): T {
  const lib = kept ?? load();
  // One that threw is not used again either: a trap may leave it in any state.
  kept = undefined;
  const result = use(lib);
  if (lib.HEAPU8.length <= KEPT_MEMORY) kept = lib;
  return result;
}

function load(): LibHeif {
  const require = createRequire(import.meta.url);
  const create: () => LibHeif = require('libheif-js/libheif-wasm/libheif-bundle.js');
  return create();
}
