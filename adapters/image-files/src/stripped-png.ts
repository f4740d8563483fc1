import { crc32 } from './crc32.js';
import { readOrientation, writeOrientation } from './exif.js';
import { PNG_SIGNATURE, pngChunks, writePngChunk } from './png-chunks.js';

/** Chunks without which there is no picture, and of its colours and animation (PNG third edition, §11). */
const NEEDED = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);
const KEPT = new Set([
  ...['tRNS', 'acTL', 'fcTL', 'fdAT'],
  ...['cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI', 'bKGD', 'pHYs'],
]);

/**
 * A PNG without anything but the picture, its colours and its animation. The orientation is kept. Everything behind
 * the end is removed. A chunk that is kept has a right checksum, so that no damaged length makes it contain another.
 *
 * @returns `null` when it is no PNG, or its picture is damaged
 */
export function strippedPng(bytes: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  for (const { type, data, whole } of pngChunks(bytes)) {
    const isNeeded = NEEDED.has(type);
    if (!isNeeded && !KEPT.has(type) && type !== 'eXIf') continue;
    const isIntact = crc32(whole.subarray(4, -4)) === whole.readUInt32BE(whole.length - 4);
    if (!isIntact && isNeeded) return null;
    if (!isIntact) continue;
    if (type !== 'eXIf') {
      parts.push(whole);
      continue;
    }
    const orientation = readOrientation(data);
    if (orientation > 1) parts.push(writePngChunk('eXIf', writeOrientation(orientation)));
  }
  return parts.length === 0 ? null : [PNG_SIGNATURE, ...parts];
}
