import { ApiError } from '@auraimage/http';
import { describe, expect, it } from 'vitest';
import { plan, type VariantWish } from './plan.js';

const OPAQUE = { frames: 1, hasAlpha: false };
const CLEAR = { frames: 1, hasAlpha: true };
const MOVING = { frames: 3, hasAlpha: true };
const MODERN = 'image/avif,image/webp,image/*,*/*;q=0.8';

function wish(
  query: string,
  { accept = MODERN as string | null, image = OPAQUE, sizes = [] as readonly number[] } = {},
): VariantWish {
  const planned = plan(new URLSearchParams(query), accept, image, sizes);
  if (planned.kind !== 'variant') throw new Error(`${query} is ${planned.kind}`);
  return planned.wish;
}

describe('plan', () => {
  it('is the master without a parameter of ours, the blurhash with blur', () => {
    const kind = (query: string) => plan(new URLSearchParams(query), null, OPAQUE, []).kind;
    expect(kind('')).toBe('master');
    expect(kind('token=abc&v=3&width=9')).toBe('master');
    expect(kind('lqip=false&blur=false')).toBe('master');
    expect(kind('blur=true&w=40')).toBe('blurhash');
  });

  it.each([
    'w=0',
    'w=-1',
    'w=1.5',
    'w=1e2',
    'w=',
    'w=1&w=1',
    'h=x',
    'q=101',
    'q=0',
    'fit=fill',
    'fmt=gif',
    'fmt=AVIF',
    'lqip=1',
    'blur=yes',
  ])('refuses %s and names it', (query) => {
    const [parameter = ''] = query.split('=');
    const planned = () => plan(new URLSearchParams(query), null, OPAQUE, []);
    expect(planned).toThrow(ApiError);
    expect(planned).toThrow(`"${parameter}" must be`);
  });

  it('takes its defaults from the grammar', () => {
    expect(wish('w=400')).toEqual({
      w: 400,
      fit: 'cover',
      quality: 80,
      formats: ['avif', 'webp', 'jpeg'],
      negotiated: true,
    });
    expect(wish('w=99999').w).toBe(8192);
  });

  it('makes a stand-in of one size and quality, whatever else is said', () => {
    expect(wish('lqip=true&w=400&h=3&q=99&fit=face')).toEqual(wish('lqip=true'));
    expect(wish('lqip=true')).toMatchObject({ w: 50, quality: 20, fit: 'cover' });
  });

  it.each([
    [MODERN, OPAQUE, ['avif', 'webp', 'jpeg']],
    ['image/webp,*/*', OPAQUE, ['webp', 'jpeg']],
    ['image/webp;q=0.5,image/avif;q=0.4,image/jpeg', OPAQUE, ['jpeg', 'webp', 'avif']],
    ['*/*', OPAQUE, ['jpeg']],
    [null, OPAQUE, ['jpeg']],
    ['text/html', OPAQUE, ['jpeg']],
    [MODERN, CLEAR, ['avif', 'webp', 'png']],
    ['*/*', CLEAR, ['png']],
    ['text/html', CLEAR, ['png']],
    [MODERN, MOVING, ['webp', 'gif']],
    ['image/avif,*/*', MOVING, ['gif']],
    [null, MOVING, ['gif']],
  ])('for %j and %o makes %j', (accept, image, formats) => {
    expect(wish('w=9', { accept, image })).toMatchObject({ formats, negotiated: true });
  });

  it.each([
    ['fmt=jpeg', OPAQUE, ['jpeg']],
    ['fmt=jpeg', CLEAR, ['png']],
    ['fmt=webp', CLEAR, ['webp', 'png']],
    ['fmt=avif', OPAQUE, ['avif', 'jpeg']],
    ['fmt=png', OPAQUE, ['png', 'jpeg']],
  ])('for %s and %o makes %j, whatever is accepted', (query, image, formats) => {
    for (const accept of [MODERN, 'image/jpeg', null]) {
      expect(wish(query, { accept, image })).toMatchObject({ formats, negotiated: false });
    }
  });

  it('keeps to the sizes that the operator allows', () => {
    const sizes = [100, 200, 400];
    const at = (query: string) => {
      const { w, h } = wish(query, { sizes });
      return [w, h];
    };
    expect(at('w=150')).toEqual([200, undefined]);
    expect(at('w=200')).toEqual([200, undefined]);
    expect(at('w=900')).toEqual([400, undefined]);
    expect(at('h=1')).toEqual([undefined, 100]);
    expect(at('w=150&h=75')).toEqual([200, 100]);
    expect(at('fmt=webp')).toEqual([undefined, undefined]);
  });
});
