import type { ImageRecord, VariantStore } from '@auraimage/ports';
import type { Visibility } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';

type Stores = Pick<EdgePorts, 'cache' | 'variants'>;

/** Where variants are kept: of public images near the reader, of private ones in the object store. */
export function storeFor({ cache, variants }: Stores, visibility: Visibility): VariantStore {
  return visibility === 'public' ? cache : variants;
}

/**
 * Keeps what was made of an image, unless the image was flipped or deleted meanwhile: then it is kept for
 * nobody, a private picture in the edge cache least of all.
 *
 * @returns whether it is kept
 */
export async function keep(
  store: VariantStore,
  images: EdgePorts['images'],
  image: ImageRecord,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const isCurrent = async () => (await images.find(image))?.image.version === image.version;
  if (!(await isCurrent())) return false;
  const kept = await store.set(image.objectId, name, bytes);
  if (await isCurrent()) return kept;
  await store.remove(image.objectId, name);
  return false;
}
