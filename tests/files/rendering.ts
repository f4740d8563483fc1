import { readFileSync } from 'node:fs';
import { createSharpEngine } from '@auraimage/imaging-sharp';
import type { RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp from 'sharp';
import { expect } from 'vitest';
import { createOnce } from '../harness/worker.js';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Shared by the files of a worker. */
const engine = createOnce(async ({ atEnd }) => {
  const created = createSharpEngine();
  atEnd(() => void created.close());
  return created;
});

const signal = new AbortController().signal;
const body = (bytes: Uint8Array) => {
  const copy = Uint8Array.from(bytes);
  return { length: copy.length, bytes: copy, stream: () => new Blob([copy]).stream() };
};
/** A file of somebody else. */
export const asset = (name: string) =>
  readFileSync(new URL(`assets/cases/${name}`, import.meta.url));

export async function inspect(bytes: Uint8Array, type: MasterType) {
  const found = await (await engine()).inspect(body(bytes), type);
  if (!found.ok) throw new Error(found.code);
  return found;
}

/** A variant in the master's own size, unless the job names another. */
export async function render(bytes: Uint8Array, type: MasterType, job: Partial<RenderJob> = {}) {
  const { width, height } = await inspect(bytes, type);
  const scaled = { width, height };
  const made = await (await engine()).render(
    body(bytes),
    { type, scaled, format: 'png', quality: 80, effort: 'fast', ...job },
    { signal },
  );
  if (!made.ok) throw new Error(made.code);
  const bytesOfVariant = Buffer.from(made.bytes);
  const { data, info } = await sharp(bytesOfVariant)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 4).subarray(0, 4)];
  return { at, bytes: bytesOfVariant, width: info.width, height: info.height };
}

export function expectNear(
  found: readonly number[],
  expected: readonly number[],
  most: number,
): void {
  const far = Math.max(...expected.map((value, i) => Math.abs((found[i] ?? -999) - value)));
  expect(far, `${found} is not ${expected}`).toBeLessThanOrEqual(most);
}
