import { beforeAll, describe, expect, it } from 'vitest';
import { type OwnedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { answerOf } from './answer.js';
import { distance } from './distance.js';
import { type Format, isClose, LIMITS } from './limits.js';
import { animated, inP3, opaque, pngWithProfile, raw } from './masters.js';
import { CLEAR, type Colour, type Picture, paint, pixel, WHITE } from './picture.js';
import { fitted } from './reference.js';
import { muted, scene, veil, vivid } from './scene.js';

/** A watermark: what it shows, and its file. */
interface Mark {
  readonly shows: Picture;
  readonly make: () => Promise<Buffer>;
}

interface Case {
  readonly name: string;
  readonly format: Format;
  readonly mark: Mark;
  readonly width?: number;
  readonly scale: number;
  readonly opacity?: number;
  readonly tile?: true;
  readonly position: keyof typeof PLACES;
  /** The frames of the master. */
  readonly shows?: readonly Picture[];
  readonly make?: () => Promise<Buffer>;
}

/** Shares of the free width and height, to the left and above. */
const PLACES = {
  'top-left': [0, 0],
  top: [0.5, 0],
  right: [1, 0.5],
  center: [0.5, 0.5],
  'bottom-left': [0, 1],
  'bottom-right': [1, 1],
} as const;

const plain = scene(muted);
const clear = scene(veil);
const moving = [0, 1, 2].map((frame) => scene(muted, { frame }));
const veiled = scene(veil, { width: 200, height: 80 });
const full = scene(vivid, { width: 90, height: 120 });
const film = () =>
  animated(moving)
    .webp({ lossless: true, delay: [100, 100, 100] })
    .toBuffer();

const VEIL: Mark = { shows: veiled, make: () => raw(veiled).png().toBuffer() };
const JPEG: Mark = { shows: full, make: () => opaque(full).jpeg({ quality: 95 }).toBuffer() };
const P3: Mark = { shows: full, make: () => pngWithProfile(inP3(full), 'p3') };

const CASES: readonly Case[] = [
  { name: 'with alpha', format: 'png', mark: VEIL, scale: 0.5, position: 'bottom-right' },
  { name: 'with alpha', format: 'avif', mark: VEIL, scale: 0.5, position: 'bottom-left' },
  { name: 'with opacity', format: 'webp', mark: JPEG, scale: 0.3, opacity: 0.8, position: 'top' },
  { name: 'of a JPEG', format: 'jpeg', mark: JPEG, scale: 0.25, opacity: 0.6, position: 'center' },
  { name: 'in Display P3', format: 'png', mark: P3, scale: 0.3, position: 'right' },
  { name: 'repeated', format: 'png', mark: VEIL, scale: 0.3, tile: true, position: 'center' },
  {
    name: 'over a small picture',
    format: 'png',
    mark: JPEG,
    width: 24,
    scale: 1,
    position: 'center',
  },
  {
    name: 'over a clear picture',
    format: 'png',
    mark: VEIL,
    scale: 0.8,
    position: 'top-left',
    shows: [clear],
    make: () => raw(clear).png().toBuffer(),
  },
  ...(['webp', 'gif'] as const).map((format) => ({
    name: 'over an animation',
    format,
    mark: JPEG,
    scale: 0.4,
    opacity: 0.8,
    position: 'bottom-right' as const,
    shows: moving,
    make: film,
  })),
];

/** The expected result, computed from the text of docs/guides/presets.md. */
function marked(shown: Picture, { mark, width = 60, format, ...how }: Case): Picture {
  const { scale, opacity = 1, tile, position } = how;
  const size = { w: width, h: Math.round((width * shown.height) / shown.width) };
  const under = fitted(shown, size, 'cover', format === 'jpeg' ? WHITE : CLEAR);
  const factor = Math.min((size.w * scale) / mark.shows.width, size.h / mark.shows.height);
  const box = {
    w: Math.round(mark.shows.width * factor),
    h: Math.round(mark.shows.height * factor),
  };
  const over = fitted(mark.shows, box, 'cover', CLEAR);
  const [left, top] = PLACES[position];
  const [x0, y0] = [Math.round((size.w - box.w) * left), Math.round((size.h - box.h) * top)];
  const wrap = (at: number, length: number) => (tile ? ((at % length) + length) % length : at);
  return paint(size.w, size.h, (x, y) =>
    mix(pixel(over, wrap(x - x0, box.w), wrap(y - y0, box.h)), opacity, pixel(under, x, y)),
  );
}

/** Source-over (Compositing and Blending Level 1 §9.1.4). */
function mix([r, g, b, a]: Colour, opacity: number, [r0, g0, b0, a0]: Colour): Colour {
  const alpha = (a / 255) * opacity;
  const rest = (a0 / 255) * (1 - alpha);
  const all = alpha + rest;
  if (all === 0) return CLEAR;
  const of = (value: number, under: number) => (value * alpha + under * rest) / all;
  return [of(r, r0), of(g, g0), of(b, b0), all * 255];
}

let server: OwnedServer;
beforeAll(async () => {
  server = await sharedServer();
});

describe.each(CASES)('a watermark $name, in $format', (each) => {
  it('looks as the preset says', async () => {
    const { format, mark, width = 60, scale, opacity = 1, tile = false, position } = each;
    const { shows = [plain], make = () => opaque(plain).png().toBuffer() } = each;
    const [master, { key }] = await Promise.all([
      upload(server, await make(), 'public', 'master'),
      upload(server, await mark.make(), 'public', 'mark'),
    ]);
    const watermark = { key, position, scale, opacity, tile };
    const fmt = format === 'gif' ? 'auto' : format;
    await server.owner.json(
      'PUT',
      `/v1/projects/${server.credentials.projectName}/presets/sample`,
      {
        transform: `w=${width},q=80,fmt=${fmt}`,
        watermark,
      },
    );
    const { type, frames } = await answerOf(`${master.url}?preset=sample`);
    expect([type, frames.length]).toEqual([`image/${format}`, shows.length]);
    for (const [i, frame] of frames.entries()) {
      const expected = marked(shows[i] ?? frame, each);
      const far = distance(frame, expected);
      expect(isClose(far, LIMITS[format]), `frame ${i}: ${JSON.stringify(far)}`).toBe(true);
      // The picture alone is another one.
      const alone = distance(frame, marked(shows[i] ?? frame, { ...each, opacity: 0 }));
      expect(isClose(alone, LIMITS[format])).toBe(false);
    }
  });
});
