import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { getImageProps, type ImageAttributes, type ImageOptions } from './index.js';

const PLAIN = 'https://cdn.example/my-app/abc123xyz0-photo.jpg';
const SIGNED = `${PLAIN}?token=a_b-c.d-e_f`;

/** The candidates of a srcset: address and descriptor. */
function candidates({ srcSet = '' }: ImageAttributes) {
  return srcSet.split(', ').map((candidate) => {
    const [url = '', descriptor = ''] = candidate.split(' ');
    return { query: new URL(url).searchParams, width: Number.parseInt(descriptor, 10), descriptor };
  });
}

describe('getImageProps', () => {
  it('computes all attributes of an image of known width', () => {
    expect(getImageProps({ src: PLAIN, width: 400, height: 300 })).toEqual({
      src: `${PLAIN}?w=400`,
      srcSet: `${PLAIN}?w=320 320w, ${PLAIN}?w=400 400w, ${PLAIN}?w=480 480w, ${PLAIN}?w=640 640w, ${PLAIN}?w=800 800w`,
      sizes: '(min-width: 400px) 400px, 100vw',
      width: 400,
      height: 300,
      loading: 'lazy',
      decoding: 'async',
      style: { maxWidth: '100%', height: 'auto', aspectRatio: '400 / 300', objectFit: 'cover' },
    });
  });

  it('keeps the token in every size', () => {
    const props = getImageProps({ src: SIGNED, width: 400, format: 'webp', quality: 70 });
    expect(props.src).toBe(`${SIGNED}&w=400&q=70&fmt=webp`);
    for (const { query, width } of candidates(props)) {
      expect(query.get('token')).toBe('a_b-c.d-e_f');
      expect([query.get('w'), query.get('q'), query.get('fmt')]).toEqual([
        `${width}`,
        '70',
        'webp',
      ]);
    }
  });

  it('offers screen widths if the width is unknown', () => {
    const props = getImageProps({ src: PLAIN });
    const widths = candidates(props).map(({ width }) => width);
    expect([widths[0], widths.at(-1)]).toEqual([320, 3840]);
    expect(props).toMatchObject({ src: `${PLAIN}?w=1280`, sizes: '100vw', style: {} });
    expect(getImageProps({ src: PLAIN, sizes: '50vw' }).sizes).toBe('50vw');
  });

  it('offers densities if only the height is known', () => {
    expect(getImageProps({ src: PLAIN, height: 40 })).toMatchObject({
      src: `${PLAIN}?h=40`,
      srcSet: `${PLAIN}?h=40 1x, ${PLAIN}?h=80 2x`,
      height: 40,
    });
  });

  it('has the server crop every size if fit is set', () => {
    const props = getImageProps({ src: PLAIN, width: 400, height: 100, fit: 'face' });
    for (const { query, width } of candidates(props)) {
      expect([query.get('fit'), Number(query.get('h'))]).toEqual(['face', width / 4]);
    }
    const contained = getImageProps({ src: PLAIN, width: 400, height: 100, fit: 'contain' });
    expect(contained.style).toMatchObject({ objectFit: 'contain' });
  });

  it('has the server transform every size, and crop where a place is named', () => {
    const transform = { rotate: 90, gray: true, focalPoint: { x: 0.3, y: 1 } } as const;
    const props = getImageProps({ src: PLAIN, width: 400, height: 100, transform });
    for (const { query, width } of candidates(props)) {
      expect(Object.fromEntries(query)).toEqual({
        ...{ w: `${width}`, h: `${width / 4}`, fit: 'cover' },
        ...{ fp: '0.3x1', rotate: '90', gray: 'true' },
      });
    }
    const whole = getImageProps({ src: PLAIN, width: 400, height: 100, transform: { flip: 'h' } });
    expect(whole.src).toBe(`${PLAIN}?w=400&flip=h`);
  });

  it('asks for no more than the token opens, or the cookie that the page knows of', () => {
    const payload = btoa(JSON.stringify({ p: 'my-app', d: 'users/42/', max: 600, exp: 1 }));
    const limited = `${PLAIN}?token=${payload.replace(/=/g, '')}.x`;
    const widthsOf = (options: Partial<ImageOptions>, src = limited) =>
      candidates(getImageProps({ src, ...options })).map(({ width }) => width);
    expect(widthsOf({})).toEqual([320, 480, 600]);
    expect(widthsOf({ width: 400 })).toEqual([320, 400, 480, 600]);
    expect(widthsOf({ width: 800 })).toEqual([320, 480, 600]);
    expect(getImageProps({ src: limited, width: 800 }).src).toBe(`${limited}&w=600`);
    expect(widthsOf({ width: 300, height: 600 })).toEqual([300]);
    expect(getImageProps({ src: limited, height: 400 }).srcSet).toContain('&h=600 2x');
    expect(widthsOf({ maxEdge: 500 }, PLAIN)).toEqual([320, 500]);
    expect(widthsOf({ maxEdge: 5000, width: 400 })).toEqual([320, 400, 480, 600]);
    expect(widthsOf({ width: 400, maxEdge: Number.NaN }, PLAIN)).toContain(800);
  });

  it('leaves the size to a preset, without a srcset', () => {
    const space = { width: 400, height: 100, fit: 'contain' } as const;
    const props = getImageProps({ src: PLAIN, ...space, preset: 'card' });
    expect(props).toMatchObject({ src: `${PLAIN}?preset=card`, width: 400, height: 100 });
    expect(props.style).toMatchObject({ objectFit: 'contain' });
    expect([props.srcSet, props.sizes]).toEqual([undefined, undefined]);
    const named = `${PLAIN}?token=a.b&preset=card`;
    expect(getImageProps({ src: named, width: 400 })).toMatchObject({ src: named, width: 400 });
    expect(() => getImageProps({ src: PLAIN, preset: 'card', quality: 5 })).toThrow('preset');
  });

  it('loads a priority image at once', () => {
    expect(getImageProps({ src: PLAIN, priority: true })).toMatchObject({
      loading: 'eager',
      decoding: 'auto',
      fetchPriority: 'high',
    });
    expect(getImageProps({ src: PLAIN })).not.toHaveProperty('fetchPriority');
  });

  it.each(['data:image/png;base64,AA==', 'blob:https://app.example/1'])(
    'leaves %s as it is',
    (src) => {
      expect(getImageProps({ src, width: 4 })).toMatchObject({ src, width: 4 });
      expect(getImageProps({ src, width: 4 })).not.toHaveProperty('srcSet');
    },
  );

  it('never requests more than twice the width, nor less than one pixel', () => {
    const length = fc.option(fc.double({ min: 0.5, max: 9000, noNaN: true }), { nil: undefined });
    const fit = fc.constantFrom(undefined, 'cover', 'contain', 'face', 'auto');
    fc.assert(
      fc.property(length, length, fit, (width, height, fit) => {
        const props = getImageProps({ src: SIGNED, width, height, fit });
        const found = candidates(props);
        expect(new Set(found.map(({ descriptor }) => descriptor)).size).toBe(found.length);
        for (const { query } of found) {
          expect(Number(query.get('h') ?? 1)).toBeGreaterThanOrEqual(1);
          if (width === undefined) continue;
          const asked = Number(query.get('w'));
          expect(asked).toBeGreaterThanOrEqual(1);
          expect(asked).toBeLessThanOrEqual(Math.min(8192, 2 * Math.round(width)));
        }
        expect(getImageProps({ src: SIGNED, width, height, fit })).toEqual(props);
      }),
    );
  });

  it.each([
    ['width', { width: 0 }],
    ['width', { width: Number.NaN }],
    ['height', { width: 10, height: -5, fit: 'cover' }],
    ['quality', { quality: 0 }],
    ['format', { format: 'gif' }],
  ])('refuses a wrong %s by name', (name, options) => {
    expect(() => getImageProps({ src: PLAIN, ...options } as ImageOptions)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(name) }),
    );
  });

  it('has types', () => {
    expectTypeOf(getImageProps).returns.toEqualTypeOf<ImageAttributes>();
    expectTypeOf<{ src: string; fit: 'stretch' }>().not.toExtend<ImageOptions>();
    expectTypeOf<{ src: string; width: number; fit: 'face' }>().toExtend<ImageOptions>();
    expectTypeOf<{ width: number }>().not.toExtend<ImageOptions>();
  });
});
