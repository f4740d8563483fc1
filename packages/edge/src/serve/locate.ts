import { ApiError } from '@auraimage/http';
import type { FoundImage, ImageRecords } from '@auraimage/ports';
import type { ImageAddress } from '@auraimage/protocol';

/** The image's row, read afresh for every request: a flip holds from the moment it is committed. */
export async function locate(images: ImageRecords, address: ImageAddress): Promise<FoundImage> {
  const found = await images.find(address);
  if (found === null) throw new ApiError('image_not_found');
  return found;
}
