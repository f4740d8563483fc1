import type { Region } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { openSource } from './source.js';
import type { Input } from './tasks.js';
import { strictness } from './tolerance.js';

/**
 * Finds what is inside a border of one colour, in the first frame. A pixel belongs to the border if no channel differs
 * from the pixel in the upper left corner by more than the tolerance; colours count as much as they are opaque. The
 * colours are those of the file, converted to 8 bits: a border is one in every colour space. Rejects for a broken file.
 */
export async function findBorder(
  input: Input,
  type: MasterType,
  tolerance: number,
): Promise<Region | null> {
  const source = await openSource(input, type);
  if (source === null) throw new Error('the header is damaged');
  const { image } = await source.decode({ frames: 1, failOn: strictness(type) });
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const isEmpty = createTest(data, channels, tolerance);

  const isEmptyRow = (y: number) => {
    for (let x = 0; x < width; x++) if (!isEmpty(y * width + x)) return false;
    return true;
  };
  let top = 0;
  while (top < height && isEmptyRow(top)) top++;
  if (top === height) return null;
  let bottom = height - 1;
  while (isEmptyRow(bottom)) bottom--;

  let [left, right] = [width, -1];
  for (let y = top; y <= bottom; y++) {
    const row = y * width;
    for (let x = 0; x < left; x++) if (!isEmpty(row + x)) left = x;
    for (let x = width - 1; x > right; x--) if (!isEmpty(row + x)) right = x;
  }
  const found = { left, top, width: right - left + 1, height: bottom - top + 1 };
  return found.width === width && found.height === height ? null : found;
}

/** Whether a pixel is like the first one. */
function createTest(data: Buffer, channels: number, tolerance: number): (pixel: number) => boolean {
  const alphaAt = channels === 2 || channels === 4 ? channels - 1 : -1;
  const valuesOf = (at: number) => {
    const opacity = alphaAt < 0 ? 1 : (data[at + alphaAt] ?? 0) / 255;
    return Array.from(
      { length: channels },
      (_, i) => (data[at + i] ?? 0) * (i === alphaAt ? 1 : opacity),
    );
  };
  const first = valuesOf(0);
  return (pixel) => {
    const at = pixel * channels;
    let isSame = true;
    for (let i = 0; i < channels; i++) isSame &&= data[at + i] === data[i];
    if (isSame) return true;
    return valuesOf(at).every((value, i) => Math.abs(value - (first[i] ?? 0)) <= tolerance);
  };
}
