import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { likeness } from '../support/likeness.mjs';
import { fetchBytes } from '../support/variants.mjs';

/** @typedef {import('../support/variants.mjs').Variant} Variant */
/** @typedef {{ url: (variant: Variant) => string }} Side */

/** Qualities around the compared one. Steps are small, because above 75 one of WebP means three times as much as below. */
const STEPS = [-8, -6, -4, -2, 0, 2, 4, 6, 8];
/** Longest wait for a re-encode, in milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Our bytes as a share of the bytes of ipx for a picture that is equally similar to the original, because a
 * quality means something else to each encoder: `first`, and `later`, when it was re-encoded while the server was idle.
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
  const url = sides.AuraImage.url(variant);
  const first = await look(url);
  await reencoded(url);
  const later = await look(url);
  const theirs = [];
  for (const step of STEPS) {
    theirs.push(await look(sides.ipx.url({ ...variant, q: variant.q + step })));
  }
  const shareOf = (/** @type {{ bytes: number, alike: number }} */ ours) => {
    const above = theirs.findIndex(({ alike }) => alike >= ours.alike);
    const [low, high] = [theirs[above - 1], theirs[above]];
    if (low === undefined || high === undefined) throw new Error('no quality of ipx is as like');
    const part = (lossOf(low) - lossOf(ours)) / (lossOf(low) - lossOf(high));
    return ours.bytes / (low.bytes * (high.bytes / low.bytes) ** part);
  };
  return { first: shareOf(first), later: shareOf(later) };
}

/**
 * The logarithm of the bytes is nearly linear in it. Bytes over SSIM are convex: a straight line between two qualities
 * would give ipx too many bytes, and us too small a share.
 *
 * @param {{ alike: number }} picture
 */
function lossOf({ alike }) {
  return Math.log(1 - alike);
}

/**
 * Reads a variant until it has another ETag.
 *
 * @param {string} url
 */
async function reencoded(url) {
  const etagOf = async () => (await fetch(url, { method: 'HEAD' })).headers.get('etag');
  const before = await etagOf();
  await fetchBytes(url); // a second read asks for it
  const started = performance.now();
  while ((await etagOf()) === before) {
    if (performance.now() - started > PATIENCE_MS) throw new Error(`${url} is not re-encoded`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
