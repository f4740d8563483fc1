import type { Inspection, ObjectBody, Region, Rendering, RenderJob, Size } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp, { type Sharp } from 'sharp';
import { expect } from 'vitest';
import { createSharpEngine } from '../engine.js';

export type Rgb = readonly [red: number, green: number, blue: number];

export const [RED, GREEN, BLUE, GREY] = [
  [190, 60, 50],
  [60, 150, 80],
  [60, 80, 170],
  [128, 128, 128],
] as const;
/** How far a lossy format may be off in a field of one colour. */
const CLOSE = 10;

/** Of all files of a worker: it ends with the worker's process. */
const engine = createSharpEngine();

/** Four fields: red and green above blue and grey. */
export function fields(width: number, height: number): Sharp {
  const field = (colour: Rgb, left: number, top: number) =>
    ({
      input: {
        create: { width: width / 2, height: height / 2, channels: 3, background: css(colour) },
      },
      left: left * (width / 2),
      top: top * (height / 2),
    }) as const;
  return sharp({ create: { width, height, channels: 3, background: css(RED) } }).composite([
    field(GREEN, 1, 0),
    field(BLUE, 0, 1),
    field(GREY, 1, 1),
  ]);
}

/** What a pipeline gives, as the ground for another one: composition comes last in each. */
export async function flat(image: Sharp): Promise<Sharp> {
  return sharp(await image.png().toBuffer());
}

export function css([r, g, b]: Rgb) {
  return { r, g, b };
}

export function bodyOf(file: Buffer): ObjectBody {
  const bytes = new Uint8Array(file);
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

export function render(
  file: Buffer,
  type: MasterType,
  scaled: Size,
  job: Partial<RenderJob> = {},
): Promise<Rendering> {
  return engine.render(
    bodyOf(file),
    { type, scaled, format: 'png', quality: 90, effort: 'fast', ...job },
    { signal: new AbortController().signal },
  );
}

export async function made(...args: Parameters<typeof render>): Promise<Buffer> {
  const result = await render(...args);
  if (!result.ok) throw new Error(result.code);
  return Buffer.from(result.bytes);
}

export function borderOf(file: Buffer, type: MasterType, tolerance = 10): Promise<Region | null> {
  return engine.findBorder(bodyOf(file), type, tolerance, {});
}

export function inspected(file: Buffer, type: MasterType): Promise<Inspection> {
  return engine.inspect(bodyOf(file), type);
}

/** A pixel, by parts of width and height; alpha last. */
export async function pixel(file: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(file)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = Math.floor(y * info.height) * info.width + Math.floor(x * info.width);
  return [...data.subarray(at * 4, at * 4 + 4)];
}

export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  most = CLOSE,
): void {
  for (const [i, value] of expected.entries()) {
    expect(
      Math.abs((actual[i] ?? -1000) - value),
      `${actual} is not ${expected}`,
    ).toBeLessThanOrEqual(most);
  }
}

export async function expectFields(
  file: Buffer,
  corners: readonly Rgb[] = [RED, GREEN, BLUE, GREY],
  most = CLOSE,
): Promise<void> {
  for (const [i, colour] of corners.entries()) {
    expectClose(
      await pixel(file, i % 2 ? 0.75 : 0.25, i < 2 ? 0.25 : 0.75),
      [...colour, 255],
      most,
    );
  }
}
