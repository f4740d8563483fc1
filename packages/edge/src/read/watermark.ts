import { ApiError } from '@auraimage/http';
import type { PresetWatermark } from '@auraimage/ports';
import type { Gravity, Point } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { VariantWatermark } from '../render/spec.js';

/** The nine places, as shares of the width and height that a watermark leaves free, or of a picture that is cropped. */
export const PLACES: Readonly<Record<Gravity, Point>> = {
  'top-left': { x: 0, y: 0 },
  top: { x: 0.5, y: 0 },
  'top-right': { x: 1, y: 0 },
  left: { x: 0, y: 0.5 },
  center: { x: 0.5, y: 0.5 },
  right: { x: 1, y: 0.5 },
  'bottom-left': { x: 0, y: 1 },
  bottom: { x: 0.5, y: 1 },
  'bottom-right': { x: 1, y: 1 },
};

/**
 * The watermark of a preset as it is now. Its row is read for every request: once its image is deleted, replaced or made
 * private, what was made with it is not looked up any more. Only a public image is drawn, so that no preset shows a
 * private one; its derived bytes are therefore on the public side.
 *
 * @throws {ApiError} `watermark_missing` if the project has no public image with this key
 */
export async function findWatermark(
  { images, derived }: Pick<EdgePorts, 'images' | 'derived'>,
  project: string,
  { key, position, scale, opacity, tile }: PresetWatermark,
): Promise<VariantWatermark> {
  const found = await images.find({ project, key });
  if (found?.image.visibility !== 'public') throw new ApiError('watermark_missing');
  const { image, masterMetadata } = found;
  const how = { at: PLACES[position], scale, opacity, tile };
  const source = { image, derived: derived.public, masterMetadata };
  return { source, ...how, id: await idOf([image.sha256, position, scale, opacity, tile]) };
}

/** Long enough for the few watermarks of a project, and short in the names of variants. */
const ID_LENGTH = 16;

async function idOf(all: readonly unknown[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(all));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, ID_LENGTH);
}
