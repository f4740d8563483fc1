import type { Focus, Size } from '@auraimage/ports';
import type { Fit } from '@auraimage/protocol';
import { assert, constantFrom, double, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsFit, geometryOf as withinLimit } from './geometry.js';

const LANDSCAPE = { width: 1200, height: 800 };

/** Without a limit. */
const geometryOf = (master: Size, box: { w?: number; h?: number; fit: Fit }, focus: Focus) =>
  withinLimit(master, { ...box, maxEdge: null }, focus);

describe('geometryOf', () => {
  it.each([
    ['a width', { w: 600 }, { width: 600, height: 400 }],
    ['a height', { h: 200 }, { width: 300, height: 200 }],
    ['nothing', {}, LANDSCAPE],
    ['a width beyond the master', { w: 5000 }, LANDSCAPE],
  ])('keeps the proportions of %s alone', (_, requested, size) => {
    for (const fit of ['cover', 'contain', 'face', 'auto'] as const) {
      expect(geometryOf(LANDSCAPE, { ...requested, fit }, null)).toEqual({ size, scaled: size });
    }
  });

  it('crops nothing for a fraction of a pixel', () => {
    const size = { width: 400, height: 267 };
    expect(geometryOf(LANDSCAPE, { w: 400, h: 267, fit: 'face' }, null)).toEqual({
      size,
      scaled: size,
    });
    expect(needsFit(LANDSCAPE, { w: 400, h: 267, maxEdge: null })).toBe(false);
    expect(needsFit(LANDSCAPE, { w: 400, h: 268, maxEdge: null })).toBe(true);
  });

  it('covers the box and crops to the middle', () => {
    expect(geometryOf(LANDSCAPE, { w: 400, h: 400, fit: 'cover' }, null)).toEqual({
      size: { width: 400, height: 400 },
      scaled: { width: 600, height: 400 },
      crop: { left: 100, top: 0, width: 400, height: 400 },
    });
  });

  it('crops around the focus, inside the picture', () => {
    const left = (x: number) =>
      geometryOf(LANDSCAPE, { w: 400, h: 400, fit: 'face' }, { x, y: 0.5 }).crop?.left;
    expect([0, 0.4, 0.5, 1].map(left)).toEqual([0, 40, 100, 200]);
  });

  it('puts the whole picture on a background of the size of the box', () => {
    expect(geometryOf(LANDSCAPE, { w: 300, h: 300, fit: 'contain' }, null)).toEqual({
      size: { width: 300, height: 300 },
      scaled: { width: 300, height: 200 },
      canvas: { width: 300, height: 300 },
    });
  });

  it('scales a box down instead of enlarging the picture', () => {
    expect(geometryOf(LANDSCAPE, { w: 2000, h: 2000, fit: 'cover' }, null)).toEqual({
      size: { width: 800, height: 800 },
      scaled: LANDSCAPE,
      crop: { left: 200, top: 0, width: 800, height: 800 },
    });
    expect(geometryOf(LANDSCAPE, { w: 2000, h: 2000, fit: 'contain' }, null)).toEqual({
      size: { width: 1200, height: 1200 },
      scaled: LANDSCAPE,
      canvas: { width: 1200, height: 1200 },
    });
  });

  it('makes no background that is far larger than the picture', () => {
    const sizeOf = (width: number, height: number, w: number, h: number) =>
      geometryOf({ width, height }, { w, h, fit: 'contain' }, null).size;
    expect(sizeOf(1, 100, 8192, 100)).toEqual({ width: 100, height: 1 });
    expect(sizeOf(800, 40, 2000, 2000)).toEqual({ width: 800, height: 800 });
    expect(sizeOf(1, 8000, 8000, 8000)).toEqual({ width: 4096, height: 4096 });
    expect(sizeOf(8000, 6000, 8000, 8000)).toEqual({ width: 6928, height: 6928 });
  });

  it('neither crops nor pads a box of the same proportions', () => {
    const size = { width: 600, height: 400 };
    for (const fit of ['cover', 'contain'] as const) {
      expect(geometryOf(LANDSCAPE, { w: 600, h: 400, fit }, null)).toEqual({ size, scaled: size });
    }
  });

  it.each([
    ['a width', { w: 2000 }, { width: 600, height: 400 }],
    ['a height that makes the width too long', { h: 500 }, { width: 600, height: 400 }],
    ['a height that does not', { h: 200 }, { width: 300, height: 200 }],
    ['nothing', {}, { width: 600, height: 400 }],
    ['a box', { w: 1000, h: 500 }, { width: 600, height: 300 }],
  ])('scales %s down to the longest side that is allowed', (_, lengths, size) => {
    for (const fit of ['cover', 'contain', 'face', 'auto'] as const) {
      const limited = withinLimit(LANDSCAPE, { ...lengths, fit, maxEdge: 600 }, null);
      expect(limited.size, fit).toEqual(size);
      // So that its name is that of the same picture for a reader without the limit.
      const { width: w, height: h } = size;
      expect(limited).toEqual(geometryOf(LANDSCAPE, { w, h, fit }, null));
    }
  });

  it('cuts crops from the picture in the size that is allowed, so that they show no more of it', () => {
    for (const [w, h, size] of [
      [600, 600, { width: 400, height: 400 }],
      [300, 1200, { width: 100, height: 400 }],
      [400, 400, { width: 400, height: 400 }],
      [200, 200, { width: 200, height: 200 }],
    ] as const) {
      const { scaled, ...limited } = withinLimit(
        LANDSCAPE,
        { w, h, fit: 'cover', maxEdge: 600 },
        null,
      );
      expect(limited.size).toEqual(size);
      expect(Math.max(scaled.width, scaled.height)).toBeLessThanOrEqual(600);
    }
    // A background is no part of the picture.
    const padded = withinLimit(LANDSCAPE, { w: 300, h: 1200, fit: 'contain', maxEdge: 600 }, null);
    expect(padded.size).toEqual({ width: 150, height: 600 });
  });

  it('never crops outside the picture, enlarges it, makes a side 0 or exceeds the limit', () => {
    const side = integer({ min: 1, max: 20_000 });
    const asked = integer({ min: 1, max: 8192 });
    const at = double({ min: 0, max: 1, noNaN: true });
    const fit = constantFrom('cover', 'contain', 'face', 'auto');
    assert(
      property(
        record({ width: side, height: side }),
        record({
          w: option(asked, { nil: undefined }),
          h: option(asked, { nil: undefined }),
          fit,
          maxEdge: option(asked),
        }),
        at,
        at,
        (master, requested, x, y) => {
          const { w, h, maxEdge } = requested;
          const { size, scaled, crop, canvas } = withinLimit(master, requested, { x, y });
          expect(Math.min(size.width, size.height, scaled.width, scaled.height)).toBeGreaterThan(0);
          expect(scaled.width).toBeLessThanOrEqual(master.width);
          expect(scaled.height).toBeLessThanOrEqual(master.height);
          if (w) expect(size.width).toBeLessThanOrEqual(w);
          if (h) expect(size.height).toBeLessThanOrEqual(h);
          const longest = Math.max(size.width, size.height);
          expect(longest).toBeLessThanOrEqual(maxEdge ?? longest);
          expect({ width: size.width, height: size.height }).toEqual(
            canvas ?? { width: (crop ?? scaled).width, height: (crop ?? scaled).height },
          );
          if (crop === undefined) return;
          expect(Math.min(crop.left, crop.top)).toBeGreaterThanOrEqual(0);
          expect(crop.left + crop.width).toBeLessThanOrEqual(scaled.width);
          expect(crop.top + crop.height).toBeLessThanOrEqual(scaled.height);
          expect(needsFit(master, requested)).toBe(true);
        },
      ),
    );
  });
});
