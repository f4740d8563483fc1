import type { DerivedSide, Focus, ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import type { Fit } from '@auraimage/protocol';
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
