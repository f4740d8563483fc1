import type { ImageAddress } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';
import type { ImageRecord, ImageRecords } from '../ports.js';

/** The image's row, read afresh for every request: a flip holds from the moment it is committed. */
export async function locate(images: ImageRecords, address: ImageAddress): Promise<ImageRecord> {
  const image = await images.find(address);
  if (image === null) throw new EdgeError('image_not_found');
  return image;
}
