import type { MasterFacts, RenderJob, Watermark } from '@auraimage/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canRender, outputOf, resultOf, stepsOf, watermarkOn } from './plan.js';

const SCALED = { width: 300, height: 200 };
const JOB: RenderJob = {
  ...{ type: 'image/png', scaled: SCALED, format: 'webp', quality: 80, effort: 'fast' },
};
const CROP = { left: 20, top: 10, width: 200, height: 150 };
const FIRST = { ...SCALED, fit: 'squeeze' };
const squeezed = (width: number, height: number) => ({ width, height, fit: 'squeeze' });

// What the binding makes of these options cannot be tested: Miniflare's simulation ignores most of them.
describe('the steps of a job', () => {
  it.each<[string, Partial<RenderJob>, readonly object[]]>([
    ['only scale', {}, [FIRST]],
    ['trim to a region before all others', { trim: CROP }, [{ trim: CROP }, FIRST]],
    ['crop what is scaled', { crop: CROP }, [FIRST, { trim: CROP }, squeezed(200, 150)]],
    [
      'crop around a face',
      { cropAround: { width: 200, height: 200, focus: 'face' } },
      [FIRST, { width: 200, height: 200, fit: 'cover', gravity: 'face' }, squeezed(200, 200)],
    ],
    [
      'crop around what attracts attention',
      { cropAround: { width: 100, height: 200, focus: 'auto' } },
      [FIRST, { width: 100, height: 200, fit: 'cover', gravity: 'auto' }, squeezed(100, 200)],
    ],
    ['mirror left to right', { orientation: 2 }, [FIRST, { flip: 'h' }, squeezed(300, 200)]],
    ['turn by half', { orientation: 3 }, [FIRST, { rotate: 180 }, squeezed(300, 200)]],
    ['mirror top to bottom', { orientation: 4 }, [FIRST, { flip: 'v' }, squeezed(300, 200)]],
    [
      'mirror and turn left',
      { orientation: 5 },
      [FIRST, { flip: 'h', rotate: 270 }, squeezed(200, 300)],
    ],
    ['turn right', { orientation: 6 }, [FIRST, { rotate: 90 }, squeezed(200, 300)]],
    [
      'mirror and turn right',
      { orientation: 7 },
      [FIRST, { flip: 'h', rotate: 90 }, squeezed(200, 300)],
    ],
    ['turn left', { orientation: 8 }, [FIRST, { rotate: 270 }, squeezed(200, 300)]],
    ['take the colours out', { gray: true }, [FIRST, { saturation: 0 }]],
    ['sharpen', { sharpen: 1.5 }, [FIRST, { sharpen: 1.5 }]],
    ['put a colour under it', { background: 'ff000080' }, [FIRST, { background: '#ff000080' }]],
    [
      'put it on a clear canvas',
      { canvas: { width: 301, height: 205 } },
      [
        FIRST,
        { border: { color: '#00000000', top: 2, right: 1, bottom: 3, left: 0 } },
        squeezed(301, 205),
      ],
    ],
    [
      'put it on a white canvas in JPEG',
      { canvas: { width: 300, height: 300 }, format: 'jpeg' },
      [
        FIRST,
        { border: { color: '#ffffff', top: 50, right: 0, bottom: 50, left: 0 } },
        squeezed(300, 300),
      ],
    ],
    [
      'are in the order of the port',
      {
        ...{ trim: CROP, crop: CROP, orientation: 6, gray: true, sharpen: 2 },
        ...{ background: '00ff00', canvas: { width: 150, height: 300 } },
      },
      [
        { trim: CROP },
        FIRST,
        { trim: CROP },
        { rotate: 90 },
        { saturation: 0 },
        { sharpen: 2 },
        { background: '#00ff00' },
        { border: { color: '#00ff00', top: 50, right: 0, bottom: 50, left: 0 } },
        squeezed(150, 300),
      ],
    ],
  ])('%s', (_, changes, steps) => {
    expect(stepsOf({ ...JOB, ...changes })).toEqual(steps);
  });
});

it.each([
  ['jpeg', { format: 'image/jpeg', quality: 80, anim: false, background: '#ffffff' }],
  ['webp', { format: 'image/webp', quality: 80, anim: true }],
  ['avif', { format: 'image/avif', quality: 80, anim: false }],
  ['png', { format: 'image/png', anim: false }],
  ['gif', { format: 'image/gif', anim: true }],
] as const)('%s is made with its options', (format, options) => {
  expect(outputOf({ ...JOB, format })).toEqual(options);
});

describe('a watermark', () => {
  const mark = { width: 100, height: 50 };
  const how = { scale: 0.5, at: { x: 1, y: 1 }, opacity: 0.4, tile: false } as const;
  const drawn = (changes: Partial<Watermark>) => watermarkOn(SCALED, mark, { ...how, ...changes });

  it('is scaled to a share of the width, and lies where it is asked to', () => {
    expect(drawn({})).toEqual({
      step: squeezed(150, 75),
      options: { left: 150, top: 125, opacity: 0.4 },
    });
    const at = { x: 0.5, y: 0 };
    expect(drawn({ at }).options).toEqual({ left: 75, top: 0, opacity: 0.4 });
    const high = watermarkOn(SCALED, { width: 50, height: 200 }, { ...how, scale: 1 });
    expect(high.step).toEqual(squeezed(50, 200));
  });

  it('is repeated from the first place inside of the picture', () => {
    const { options } = drawn({ tile: true, at: { x: 1, y: 0.5 }, scale: 0.4 });
    // 120 × 60 at 180, 70.
    expect(options).toEqual({ left: 60, top: 10, opacity: 0.4, repeat: true });
  });
});

describe('a job can be done', () => {
  const MASTER: MasterFacts = { size: 1000, pixels: 60_000, frames: 1, hasWatermark: false };
  it.each<[string, boolean, Partial<RenderJob>, Partial<MasterFacts>]>([
    ['of a PNG', true, {}, {}],
    ['of a HEIC', true, { type: 'image/heic' }, {}],
    ['but not of a TIFF', false, { type: 'image/tiff' }, {}],
    ['but not of a JPEG XL', false, { type: 'image/jxl' }, {}],
    ['but not of a BMP', false, { type: 'image/bmp' }, {}],
    ['of 20 MB', true, {}, { size: 20_000_000 }],
    ['but not of more', false, {}, { size: 20_000_001 }],
    ['of 100 megapixels', true, {}, { pixels: 100_000_000 }],
    ['but not of more pixels', false, {}, { pixels: 100_000_001 }],
    ['of frames with 50 megapixels', true, {}, { pixels: 50_000_000, frames: 9 }],
    ['but not of larger animations', false, {}, { pixels: 50_000_001, frames: 9 }],
    ['as AVIF of 1200 pixels', true, { format: 'avif', scaled: { width: 9, height: 1200 } }, {}],
    ['but not of a longer side', false, { format: 'avif', scaled: { width: 9, height: 1201 } }, {}],
    [
      'as AVIF of a small part',
      true,
      { format: 'avif', scaled: { width: 2000, height: 2000 }, crop: CROP },
      {},
    ],
    ['with a watermark', true, {}, { hasWatermark: true }],
    ['but not on frames', false, {}, { hasWatermark: true, frames: 2 }],
    ['on the first frame', true, { format: 'png' }, { hasWatermark: true, frames: 2 }],
  ])('%s: %s', (_, isPossible, job, master) => {
    expect(canRender({ ...JOB, ...job }, { ...MASTER, ...master })).toBe(isPossible);
  });
});

it('the size of a result is that of its last geometric step', () => {
  expect(resultOf(JOB)).toEqual(SCALED);
  expect(resultOf({ ...JOB, crop: CROP, orientation: 8 })).toEqual({ width: 150, height: 200 });
  const canvas = { width: 400, height: 400 };
  expect(resultOf({ ...JOB, crop: CROP, orientation: 8, canvas })).toEqual(canvas);
});

/** Members of a job that the binding has no part in: how long an encoder may take, and whether a file is a copy. */
type Asked = Omit<RenderJob, 'type' | 'effort' | 'copy' | 'watermark'>;

const length = fc.integer({ min: 1, max: 40 });
const size = fc.record({ width: length, height: length });
const region = fc.record({ left: length, top: length, width: length, height: length });
const MEMBERS = {
  trim: region,
  scaled: size,
  crop: region,
  orientation: fc.constantFrom(2, 3, 4, 5, 6, 7, 8),
  gray: fc.constant(true),
  sharpen: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
  background: fc.constantFrom('ff0000', 'ff000080', '00ff00'),
  canvas: fc.record({
    width: fc.integer({ min: 41, max: 90 }),
    height: fc.integer({ min: 41, max: 90 }),
  }),
  format: fc.constantFrom('jpeg', 'webp', 'avif', 'png', 'gif'),
  quality: fc.integer({ min: 1, max: 100 }),
} satisfies { [K in keyof Asked]: fc.Arbitrary<Asked[K]> };
const asked = fc.record(MEMBERS, { requiredKeys: ['scaled', 'format', 'quality'] });

it('nothing that a job asks for is ignored', () => {
  const optionsOf = (job: object) => {
    const whole = { ...JOB, ...job };
    return JSON.stringify([stepsOf(whole), outputOf(whole)]);
  };
  const names = fc.constantFrom(...(Object.keys(MEMBERS) as (keyof typeof MEMBERS)[]));
  fc.assert(
    fc.property(asked, asked, names, (job, other, name) => {
      const isLossless = job.format === 'png' || job.format === 'gif';
      fc.pre(!(name === 'quality' && isLossless));
      fc.pre(JSON.stringify(job[name]) !== JSON.stringify(other[name]));
      expect(optionsOf({ ...job, [name]: other[name] })).not.toBe(optionsOf(job));
    }),
  );
});
