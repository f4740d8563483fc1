import type { Visibility } from '@auraimage/protocol';
import type { EdgePorts, ImageRecord, VariantStore } from '../ports.js';

type Stores = Pick<EdgePorts, 'cache' | 'variants'>;

/** Where variants are kept: of public images near the reader, of private ones in the object store. */
export function storeFor({ cache, variants }: Stores, visibility: Visibility): VariantStore {
  return visibility === 'public' ? cache : variants;
}

/** Forgets everything that was made from a master, wherever it is kept. */
export async function dropVariants(
  { cache, variants }: Stores,
  { objectId }: Pick<ImageRecord, 'objectId'>,
): Promise<void> {
  await Promise.all([cache.drop(objectId), variants.drop(objectId)]);
}
