import { readFile } from 'node:fs/promises';
import { PNG_SIGNATURE, pngChunks, writePngChunk } from '@auraimage/image-files';
import type { RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readApng } from './apng.js';
import { expectClose, inspected, made } from './testing/variants.js';

const asset = (name: string) =>
  readFile(new URL(`../../../tests/files/assets/cases/${name}`, import.meta.url));

const [RED, GREEN, BLUE, CLEAR] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [0, 0, 0, 0],
] as const;
type Rgba = readonly [number, number, number, number];

/** The upper left pixel of each frame, and what else a player shows. */
async function played(file: Buffer) {
  const { data, info } = await sharp(file, { pages: -1 })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const {
    pages = 1,
    pageHeight = info.height,
    delay,
    loop,
  } = await sharp(file, {
    pages: -1,
  }).metadata();
  const corners = Array.from({ length: pages }, (_, i) => {
    const at = (i * pageHeight * info.width + info.width + 1) * 4;
    return [...data.subarray(at, at + 4)];
  });
  return { width: info.width, height: pageHeight, delay, loop, corners };
}

async function expectPlayed(
  file: Buffer,
  {
    corners,
    ...rest
  }: Omit<Awaited<ReturnType<typeof played>>, 'corners'> & {
    corners: readonly Rgba[];
  },
): Promise<void> {
  const { corners: seen, ...others } = await played(file);
  expect(others).toEqual(rest);
  expect(seen).toHaveLength(corners.length);
  for (const [i, corner] of corners.entries()) expectClose(seen[i] ?? [], corner, 20);
}

const variant = async (
  name: string,
  type: MasterType,
  width: number,
  height: number,
  format: RenderJob['format'],
) => made(await asset(name), type, { width, height }, { format });

describe('an animation', () => {
  it.each(['webp', 'gif'] as const)('with a delay of 100 s moves in %s', async (format) => {
    const {
      delay = [],
      corners,
      ...rest
    } = await played(await variant('anim-gr.gif', 'image/gif', 50, 25, format));
    expect(rest).toEqual({ width: 50, height: 25, loop: 0 });
    expectClose(corners[0] ?? [], GREEN);
    expectClose(corners[1] ?? [], RED);
    expect(delay[1]).toBeGreaterThan(65_000);
  });

  it.each(['webp', 'gif'] as const)('with the highest number of plays moves in %s', async (to) => {
    const file = await asset('anim-gr.gif');
    file.writeUInt16LE(65_535, file.indexOf('NETSCAPE2.0') + 13);
    const moving = await played(
      await made(file, 'image/gif', { width: 50, height: 25 }, { format: to }),
    );
    expect(moving.corners).toHaveLength(2);
    expect(moving.loop).toBeGreaterThan(65_000);
  });

  it.each(['webp', 'gif'] as const)('turned by EXIF is turned frame by frame in %s', async (to) => {
    expect(await inspected(await asset('anim-orient-6.webp'), 'image/webp')).toMatchObject({
      ...{ ok: true, width: 24, height: 32, frames: 3 },
    });
    await expectPlayed(await variant('anim-orient-6.webp', 'image/webp', 12, 16, to), {
      ...{ width: 12, height: 16, delay: [100, 200, 300], loop: 2 },
      corners: [RED, GREEN, BLUE],
    });
  });

  it.each([
    [1, 0, 0],
    [2, 1, 0],
    [3, 1, 1],
    [4, 0, 1],
    [5, 0, 0],
    [6, 1, 0],
    [7, 1, 1],
    [8, 0, 1],
  ])('of orientation %i shows its stored corner at (%i, %i)', async (orientation, x, y) => {
    const [width, height, pageHeight] = [24, 32, 16];
    const pixels = Buffer.alloc(width * height * 3);
    for (const top of [0, pageHeight]) {
      for (let row = top; row < top + 8; row++)
        pixels.fill(255, row * width * 3, (row * width + 12) * 3);
    }
    // Otherwise the encoder would merge the frames.
    pixels.fill(90, (24 * width + 12) * 3, (24 * width + 13) * 3);
    const raw = { width, height, channels: 3, pageHeight } as const;
    const file = await sharp(pixels, { raw })
      .withMetadata({ orientation })
      .webp({ lossless: true, delay: [100, 100] })
      .toBuffer();
    const scaled =
      orientation < 5 ? { width, height: pageHeight } : { width: pageHeight, height: width };
    const turned = await made(file, 'image/webp', scaled, { format: 'webp' });
    const { data } = await sharp(turned, { pages: -1 })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (const top of [0, scaled.height]) {
      const at = (column: number, line: number) =>
        ((top + 2 + line * (scaled.height - 5)) * scaled.width + 2 + column * (scaled.width - 5)) *
        4;
      expectClose([...data.subarray(at(x, y), at(x, y) + 3)], [255, 255, 255]);
      expectClose([...data.subarray(at(1 - x, 1 - y), at(1 - x, 1 - y) + 3)], [0, 0, 0]);
    }
  });
});

describe('a GIF whose first frame is smaller than its canvas', () => {
  it('has a clear ground', async () => {
    const file = await asset('small_frame_big_canvas.gif');
    expect(await inspected(file, 'image/gif')).toMatchObject({ hasAlpha: true, frames: 1 });
    for (const format of ['webp', 'png', 'gif'] as const) {
      const { corners } = await played(
        await made(file, 'image/gif', { width: 16, height: 16 }, { format }),
      );
      expect(corners, format).toEqual([[...CLEAR]]);
    }
  });

  it('keeps its frames and colours', async () => {
    const file = await asset('anim-gr.gif');
    const screen = Buffer.from(file);
    screen.writeUInt16LE(120, 6);
    screen.writeUInt16LE(70, 8);
    const format = 'webp';
    const moving = await made(screen, 'image/gif', { width: 120, height: 70 }, { format });
    const { corners, ...rest } = await played(moving);
    expect(rest).toMatchObject({ width: 120, height: 70, loop: 0 });
    expectClose(corners[0] ?? [], GREEN);
    expectClose(corners[1] ?? [], RED);
    const last = await sharp(moving)
      .extract({ left: 119, top: 69, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect([...last]).toEqual([...CLEAR]);
  });
});

describe('an animated PNG', () => {
  it.each(['webp', 'gif'] as const)('moves in %s', async (format) => {
    await expectPlayed(await variant('apng.png', 'image/png', 32, 24, format), {
      ...{ width: 32, height: 24, delay: [500, 500], loop: 0 },
      corners: [RED, BLUE],
    });
  });

  it('is its first frame in formats that do not move', async () => {
    const still = await variant('apng.png', 'image/png', 32, 24, 'png');
    const { corners } = await played(still);
    expectClose(corners[0] ?? [], RED);
    expect(corners).toHaveLength(1);
  });

  /** Frames as `[colour, left, top, width, height, dispose, blend]` on a canvas of 4 × 4. */
  type Step = readonly [Rgba, number, number, number, number, number, number];

  async function apng(steps: readonly Step[], { hidden = false } = {}): Promise<Buffer> {
    const solid = async ([r, g, b, a]: Rgba, width: number, height: number) => {
      const background = { r, g, b, alpha: a / 255 };
      const file = await sharp({ create: { width, height, channels: 4, background } })
        .png()
        .toBuffer();
      const chunks = [...pngChunks(file)];
      return {
        header: chunks[0]?.data ?? Buffer.alloc(0),
        pixels: Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
      };
    };
    let sequence = 0;
    const number = () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sequence++);
      return bytes;
    };
    const first = await solid([9, 9, 9, 255], 4, 4);
    const actl = Buffer.alloc(8);
    actl.writeUInt32BE(steps.length);
    const parts = [PNG_SIGNATURE, writePngChunk('IHDR', first.header), writePngChunk('acTL', actl)];
    if (hidden) parts.push(writePngChunk('IDAT', first.pixels));
    for (const [i, [colour, left, top, width, height, dispose, blend]] of steps.entries()) {
      const control = Buffer.alloc(22);
      for (const [at, value] of [width, height, left, top].entries())
        control.writeUInt32BE(value, at * 4);
      control.writeUInt16BE(1, 16);
      control.writeUInt16BE(i === 0 ? 0 : 20, 18);
      control.set([dispose, blend], 20);
      parts.push(writePngChunk('fcTL', number(), control));
      const { pixels } = await solid(colour, width, height);
      const isDefault = i === 0 && !hidden;
      parts.push(
        isDefault ? writePngChunk('IDAT', pixels) : writePngChunk('fdAT', number(), pixels),
      );
    }
    return Buffer.concat([...parts, writePngChunk('IEND')]);
  }

  /** The pixels at (0, 0) and (3, 3) of each frame. */
  async function composed(file: Buffer) {
    const animation = readApng(file);
    if (animation === null) return null;
    const all = await animation.compose((png) => sharp(png).ensureAlpha().raw().toBuffer());
    const frames = Array.from({ length: animation.frames }, (_, i) =>
      [0, 15].map((pixel) => [...all.subarray((i * 16 + pixel) * 4, (i * 16 + pixel) * 4 + 4)]),
    );
    return { delay: animation.delay, frames };
  }

  it('draws frames over and instead of what is there, and disposes of them', async () => {
    const half: Rgba = [0, 0, 255, 128];
    const found = await composed(
      await apng([
        [RED, 0, 0, 4, 4, 0, 0],
        [half, 0, 0, 2, 2, 2, 1], // blended; the frame before comes back
        [half, 0, 0, 2, 2, 0, 0], // replaced
        [GREEN, 2, 2, 2, 2, 1, 0], // cleared afterwards
        [BLUE, 0, 0, 1, 1, 0, 1],
      ]),
    );
    expect(found?.delay).toEqual([10, 50, 50, 50, 50]);
    expect(found?.frames).toEqual([
      [[...RED], [...RED]],
      [[127, 0, 128, 255], [...RED]],
      [[...half], [...RED]],
      [[...half], [...GREEN]],
      [[...BLUE], [...CLEAR]],
    ]);
  });

  it('leaves out the picture for viewers that do not play it', async () => {
    const steps: Step[] = [
      [RED, 0, 0, 4, 4, 0, 0],
      [BLUE, 0, 0, 4, 4, 0, 0],
    ];
    const found = await composed(await apng(steps, { hidden: true }));
    expect(found?.frames.map(([corner]) => corner)).toEqual([[...RED], [...BLUE]]);
  });

  it('is a still picture when its frames are no animation', async () => {
    expect(readApng(await apng([[RED, 0, 0, 4, 4, 0, 0]]))).toBeNull();
    const outside: Step[] = [
      [RED, 0, 0, 4, 4, 0, 0],
      [BLUE, 3, 3, 2, 2, 0, 0],
    ];
    expect(readApng(await apng(outside))).toBeNull();
    expect(
      readApng(
        await sharp(await asset('apng.png'))
          .png()
          .toBuffer(),
      ),
    ).toBeNull();
  });

  it('is refused when a frame is damaged', async () => {
    const file = await asset('apng.png');
    const at = file.indexOf('fdAT') + 20;
    const damaged = Buffer.concat([
      file.subarray(0, at),
      Buffer.alloc(30, 1),
      file.subarray(at + 30),
    ]);
    expect(await inspected(damaged, 'image/png')).toMatchObject({ ok: false });
  });
});
