import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { likeness } from '../support/likeness.mjs';
import { fetchBytes } from '../support/variants.mjs';

/** @typedef {import('../support/variants.mjs').Variant} Variant */
/** @typedef {{ url: (variant: Variant) => string }} Side */

/** Qualities around the compared one. */
const STEPS = [-10, -5, 0, 5, 10];

/**
 * Our bytes as a share of the bytes of ipx for a picture that is equally similar to the original, because a
 * quality means something else to each encoder.
 *
 * @param {string} photo
 * @param {Variant} variant
 * @param {{ ipx: Side, AuraImage: Side }} sides
 */
export async function bytesAtLikeness(photo, variant, sides) {
  const original = await sharp(await readFile(photo))
    .resize(variant.w)
    .png()
    .toBuffer();
  const look = async (/** @type {string} */ url) => {
    const bytes = await fetchBytes(url);
    return { bytes: bytes.length, alike: await likeness(original, bytes) };
  };
  const ours = await look(sides.AuraImage.url(variant));
  const theirs = [];
  for (const step of STEPS) {
    theirs.push(await look(sides.ipx.url({ ...variant, q: variant.q + step })));
  }
  const above = theirs.findIndex(({ alike }) => alike >= ours.alike);
  const [low, high] = [theirs[above - 1], theirs[above]];
  if (low === undefined || high === undefined) throw new Error('no quality of ipx is as like');
  const part = (ours.alike - low.alike) / (high.alike - low.alike);
  return ours.bytes / (low.bytes + part * (high.bytes - low.bytes));
}
