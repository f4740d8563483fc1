import type { DerivedSide, Focus, ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import type { Fit } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RequestedVariant, requiredFocus, specOf } from './spec.js';

const LANDSCAPE = row(newImage('my-app', 1, { width: 90, height: 60 }));
const focused = (x: number, y: number): ImageRecord => ({ ...LANDSCAPE, focalPoint: { x, y } });
const FITS: readonly Fit[] = ['cover', 'auto', 'face'];

function asked(fit: Fit, w = 40, h: number | null = 40): RequestedVariant {
  const choice = {
    formats: ['png'],
    negotiated: false,
    takesMaster: false,
    maxEdge: null,
  } as const;
  return { w, h: h ?? undefined, fit, quality: 80, ...choice };
}

function specOfImage(image: ImageRecord, requested: RequestedVariant, found: Focus = null) {
  const source = { image, derived: {} as DerivedSide, masterMetadata: 'keep' } as const;
  return specOf(source, requested, found, '1');
}

const cropOf = (...given: Parameters<typeof specOfImage>) =>
  specOfImage(...given).job('png', 'fast').crop;
const nameOf = (...given: Parameters<typeof specOfImage>) =>
  specOfImage(...given).name('png', 'fast');

describe('the focal point of an image', () => {
  it('is in the middle of a crop, as far as the picture reaches', () => {
    for (const fit of FITS) {
      const lefts = [0, 0.4, 0.5, 1].map((x) => cropOf(focused(x, 0.5), asked(fit))?.left);
      expect(lefts, fit).toEqual([0, 4, 10, 20]);
    }
  });

  it('takes the place of what attracts attention, which is not searched for', () => {
    expect(requiredFocus(LANDSCAPE, asked('auto'))).toBe('auto');
    expect(requiredFocus(focused(0, 0), asked('auto'))).toBeNull();
  });

  it('comes after a face, which is asked for by name', () => {
    expect(requiredFocus(focused(0, 0), asked('face'))).toBe('face');
    expect(cropOf(focused(0, 0), asked('face'), { x: 1, y: 1 })?.left).toBe(20);
  });
});

describe('the name of a variant', () => {
  it('has the place of the crop, whatever chose it', () => {
    const names = new Set(FITS.map((fit) => nameOf(focused(0.4, 0.5), asked(fit))));
    names.add(nameOf(LANDSCAPE, asked('face'), { x: 0.4, y: 0.5 }));
    // The crop is as high as the picture.
    names.add(nameOf(focused(0.4, 1), asked('cover')));
    expect([...names]).toEqual(['v1-1-w40-h40-cover-png-x4-y0']);
    expect(nameOf(LANDSCAPE, asked('cover'))).toBe(nameOf(focused(0.5, 0), asked('cover')));
    expect(nameOf(LANDSCAPE, asked('cover'))).not.toBe([...names][0]);
  });

  it('has no focal point where nothing is cropped', () => {
    const uncropped = [asked('contain'), asked('cover', 40, null), asked('auto', 60, 40)];
    for (const requested of uncropped) {
      const name = nameOf(focused(0, 0), requested);
      expect(name).toBe(nameOf(LANDSCAPE, requested));
      expect(name).not.toContain('-x');
    }
  });
});

describe('a trimmed and turned picture', () => {
  const PART = { left: 30, top: 0, width: 60, height: 60 };

  it('has its own size, which the lengths mean', () => {
    const turned = specOfImage(LANDSCAPE, { ...asked('cover', 20, null), orientation: 6 });
    expect(turned.size).toEqual({ width: 20, height: 30 });
    expect(turned.job('png', 'fast')).toMatchObject({
      scaled: { width: 30, height: 20 },
      orientation: 6,
    });
    const trimmed = specOfImage(LANDSCAPE, { ...asked('cover', 900, null), part: PART });
    expect(trimmed.size).toEqual({ width: 60, height: 60 });
    expect(trimmed.job('png', 'fast')).toMatchObject({ scaled: trimmed.size, trim: PART });
    const limited = { ...asked('cover', 900, 100), orientation: 8, maxEdge: 50 } as const;
    expect(specOfImage(LANDSCAPE, limited).size).toEqual({ width: 33, height: 4 });
  });

  it('is cropped around the point of the master, wherever it is now', () => {
    const wide = asked('cover', 60, 20);
    // A tall picture: the point is at its left side before, and above after.
    const job = { ...wide, orientation: 6 } as const;
    expect(cropOf(focused(0, 0.5), job)).toEqual({ left: 0, top: 0, width: 20, height: 60 });
    expect(cropOf(focused(1, 0.5), job)).toEqual({ left: 70, top: 0, width: 20, height: 60 });
    const trimmed = { ...asked('cover', 60, 20), part: PART };
    expect(cropOf(focused(0, 0), trimmed)).toMatchObject({ top: 0 });
    expect(cropOf(focused(0, 1), trimmed)).toMatchObject({ top: 40 });
    const halfWay = { ...asked('cover', 20, 60), part: PART };
    expect(cropOf(focused(2 / 3, 0), halfWay)).toMatchObject({ left: 20 });
  });

  it('is cropped at the point of the request, where it is seen', () => {
    const job = { ...asked('cover', 60, 20), orientation: 6, point: { x: 0, y: 0 } } as const;
    expect(cropOf(focused(1, 1), job)).toEqual({ left: 0, top: 0, width: 20, height: 60 });
    expect(nameOf(LANDSCAPE, job)).toBe('v1-1-w60-h20-cover-r90-png-x0-y0');
  });

  it('looks for a focus only where its own proportions need a crop', () => {
    expect(requiredFocus(LANDSCAPE, asked('face', 60, 60))).toBe('face');
    expect(requiredFocus(LANDSCAPE, { ...asked('face', 60, 60), part: PART })).toBeNull();
    expect(requiredFocus(LANDSCAPE, { ...asked('auto', 60, 90), orientation: 8 })).toBeNull();
  });
});

describe('what changes pixels', () => {
  const CLEAR = { ...LANDSCAPE, hasAlpha: true };
  const whole = asked('cover', 900, null);
  const CHANGES: readonly Partial<RequestedVariant>[] = [
    { orientation: 3 },
    { part: { left: 1, top: 0, width: 89, height: 60 } },
    { gray: true },
    { sharpen: 0.5 },
    { background: 'ffffff' },
  ];

  it('is in the name, and the master never takes its place', () => {
    const specs = [{}, ...CHANGES].map((changes) => specOfImage(CLEAR, { ...whole, ...changes }));
    expect(specs.map(({ isWhole }) => isWhole)).toEqual([true, ...CHANGES.map(() => false)]);
    expect(specs.map((spec) => spec.name('png', 'fast'))).toEqual([
      'v1-1-w90-h60-png',
      'v1-1-w90-h60-r180-png',
      'v1-1-w89-h60-png-from1-0-2h-1o',
      'v1-1-w90-h60-gray-png',
      'v1-1-w90-h60-s5-png',
      'v1-1-w90-h60-bgffffff-png',
    ]);
  });

  it('has no background that nothing is seen in front of', () => {
    const background = 'ff0000';
    const opaque = { ...LANDSCAPE, hasAlpha: false };
    expect(nameOf(opaque, { ...whole, background })).toBe('v1-1-w90-h60-png');
    expect(specOfImage(opaque, { ...whole, background }).isWhole).toBe(true);
    const padded = { ...asked('contain'), background };
    expect(nameOf(opaque, padded)).toBe('v1-1-w40-h40-contain-bgff0000-png');
    const jpeg = (background: string | undefined) =>
      specOfImage(opaque, { ...padded, background }).name('jpeg', 'fast');
    expect(jpeg('ffffff')).toBe(jpeg(undefined));
  });
});

describe('any transform', () => {
  const maybe = <T>(...values: readonly T[]) => fc.constantFrom(undefined, undefined, ...values);
  const format = fc.constantFrom('png' as const, 'webp' as const, 'jpeg' as const);
  const wanted = fc.record({
    hasAlpha: fc.boolean(),
    w: maybe(1, 20, 60, 90, 500),
    h: maybe(1, 20, 60, 90, 500),
    fit: fc.constantFrom('cover' as const, 'contain' as const),
    maxEdge: fc.constantFrom(null, 50, 1),
    point: maybe({ x: 0, y: 0 }, { x: 1, y: 0.5 }, { x: 0.5, y: 0.5 }),
    part: maybe(
      { left: 30, top: 0, width: 60, height: 60 },
      { left: 0, top: 0, width: 60, height: 60 },
    ),
    orientation: maybe(2 as const, 3 as const, 6 as const, 7 as const),
    gray: maybe(true),
    sharpen: maybe(1, 1.5),
    background: maybe('ffffff', 'ff0000'),
    quality: fc.constantFrom(80, 60),
  });
  type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;
  const specFor = ({ hasAlpha, ...requested }: Wanted) =>
    specOfImage({ ...LANDSCAPE, hasAlpha }, { ...asked('cover'), ...requested });

  it('stays inside of the master and of the ceiling', () => {
    fc.assert(
      fc.property(wanted, (requested) => {
        const spec = specFor(requested);
        const { trim = LANDSCAPE, scaled, crop, canvas, orientation = 1 } = spec.job('png', 'fast');
        expect(scaled.width).toBeLessThanOrEqual(trim.width);
        expect(scaled.height).toBeLessThanOrEqual(trim.height);
        const { left, top, width, height } = crop ?? { left: 0, top: 0, ...scaled };
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(scaled.width);
        expect(top + height).toBeLessThanOrEqual(scaled.height);
        const turned = orientation < 5 ? { width, height } : { width: height, height: width };
        expect(canvas ?? turned).toEqual(spec.size);
        const longest = Math.max(spec.size.width, spec.size.height);
        expect(longest).toBeLessThanOrEqual(requested.maxEdge ?? longest);
      }),
    );
  });

  it('has the name of another one if and only if it is the same work', () => {
    fc.assert(
      fc.property(wanted, wanted, fc.nat(), format, (one, other, at, format) => {
        const workOf = (spec: ReturnType<typeof specFor>) => {
          const { quality, background, ...rest } = spec.job(format, 'fast');
          const isDefault = format === 'jpeg' && background === 'ffffff';
          return JSON.stringify({
            ...rest,
            quality: format === 'png' ? null : quality,
            background: isDefault ? null : (background ?? null),
          });
        };
        const [name = 'w', value] = Object.entries(other)[at % Object.keys(other).length] ?? [];
        for (const each of [other, { ...one, [name]: value }]) {
          const [first, second] = [specFor(one), specFor({ ...each, hasAlpha: one.hasAlpha })];
          const isSame = first.name(format, 'fast') === second.name(format, 'fast');
          expect(isSame).toBe(workOf(first) === workOf(second));
          expect(first.name(format, 'fast')).toMatch(/^[a-z0-9-]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
