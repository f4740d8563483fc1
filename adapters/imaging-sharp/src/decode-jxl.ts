import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RawHeader } from './raw-picture.js';

type JxlOxide = typeof import('jxl-oxide-wasm');
type JxlImage = InstanceType<JxlOxide['JxlImage']>;

/**
 * Size of the picture as shown, without decoding pixels; `null` when the bytes are no JPEG XL. Its orientation is
 * applied.
 */
export async function readJxlHeader(bytes: Uint8Array): Promise<RawHeader | null> {
  try {
    return await withJxl(bytes, ({ width, height }) => sizeOf(width, height));
  } catch {
    return null;
  }
}

/**
 * Decodes the picture, or the first frame of an animation, into a PNG, which says by its cICP or profile what its
 * colours are. Rejects for a broken file, and for one that is cut off.
 */
export function decodeJxl(bytes: Uint8Array): Promise<Uint8Array> {
  return withJxl(bytes, (image) => {
    // Decoders show what is there of a file that is cut off.
    if (!image.loaded) throw new Error('jxl-oxide: the file is cut off');
    return image.render(0).encodeToPng();
  });
}

function sizeOf(width = 0, height = 0): RawHeader {
  if (width < 1 || height < 1) throw new Error('jxl-oxide: no pixels');
  return { width, height };
}

async function withJxl<T>(bytes: Uint8Array, use: (image: JxlImage) => T): Promise<T> {
  const { JxlImage } = await jxlOxide();
  // Not reused after an error: a trap may leave it in any state.
  const module = loaded;
  loaded = undefined;
  const image = new JxlImage();
  image.feedBytes(bytes);
  if (!image.tryInit()) throw new Error('jxl-oxide: the header is cut off');
  const result = use(image);
  image.free();
  loaded = module;
  return result;
}

let loaded: Promise<JxlOxide> | undefined;
let loads = 0;

/**
 * 2 MB of WebAssembly, loaded on first use. The package keeps one instance per module, so a new instance needs a new
 * address of the module.
 */
async function jxlOxide(): Promise<JxlOxide> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<JxlOxide> {
  const code = import.meta.resolve('jxl-oxide-wasm');
  const module: JxlOxide = await import(`${code}?${loads++}`);
  const wasm = fileURLToPath(import.meta.resolve('jxl-oxide-wasm/module.wasm'));
  module.initSync({ module: readFileSync(wasm) });
  return module;
}
