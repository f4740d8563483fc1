import { ApiError } from '@auraimage/http';
import { describe, expect, it } from 'vitest';
import type { RequestedVariant } from '../render/spec.js';
import { acceptance, type Limits, plan, type RequestedForm } from './plan.js';

const SIZE = { size: 90_000, width: 300, height: 200 };
const OPAQUE = { ...SIZE, type: 'image/jpeg', frames: 1, hasAlpha: false } as const;
const CLEAR = { ...SIZE, type: 'image/png', frames: 1, hasAlpha: true } as const;
const MOVING = { ...SIZE, type: 'image/gif', frames: 3, hasAlpha: true } as const;
const ANY: Limits = { sizes: [], maxEdge: null };
const MODERN = 'image/avif,image/webp,image/*,*/*;q=0.8';

/** The form of an address whose key says the type of the master. */
function master(query: string): RequestedForm {
  return { query: new URLSearchParams(query), segment: null, namesMaster: true };
}

function requested(
  query: string,
  {
    accept = MODERN as string | null,
    image = OPAQUE as Parameters<typeof plan>[2],
    limits = ANY,
  } = {},
): RequestedVariant {
  const planned = plan(master(query), accept, image, limits);
  if (planned.kind !== 'variant') throw new Error(`${query} is ${planned.kind}`);
  return planned.requested;
}

describe('plan', () => {
  it('is the master without known parameters, and the blurhash with blur', () => {
    const kind = (query: string) => plan(master(query), null, OPAQUE, ANY).kind;
    expect(kind('')).toBe('master');
    expect(kind('token=abc&v=3&width=9')).toBe('master');
    expect(kind('lqip=false&blur=false')).toBe('master');
    expect(kind('blur=true&w=40')).toBe('blurhash');
    expect(kind('fmt=original')).toBe('master');
  });

  it('of a name without options and extension is the picture in its natural size', () => {
    const planOf = (form: Partial<RequestedForm>) =>
      plan({ ...master(''), namesMaster: false, ...form }, MODERN, OPAQUE, ANY);
    const natural = { fit: 'cover', quality: 80, formats: ['avif', 'webp', 'jpeg'] };
    expect(planOf({})).toMatchObject({
      kind: 'variant',
      requested: { ...natural, negotiated: true },
    });
    expect(planOf({ format: 'webp' })).toMatchObject({
      kind: 'variant',
      requested: { formats: ['webp', 'jpeg'], negotiated: false },
    });
    const unchanged = { kind: 'master', metadata: 'kept' };
    expect(planOf({ query: new URLSearchParams('fmt=original') })).toEqual(unchanged);
    expect(planOf({ segment: 'fmt=original' })).toEqual(unchanged);
    expect(planOf({ segment: 'metadata=none' })).toEqual({ ...unchanged, metadata: 'none' });
    expect(planOf({ segment: 'blur=true' })).toEqual({ kind: 'blurhash' });
    expect(planOf({ segment: 'v=3' })).toMatchObject({ requested: { negotiated: true } });
  });

  it('is the same for a query and for a path', () => {
    const path = { ...master(''), segment: 'w=400,fit=crop', format: 'webp' } as const;
    const planned = plan(path, MODERN, OPAQUE, ANY);
    expect(planned).toEqual(plan(master('fmt=webp&fit=cover&w=400'), null, OPAQUE, ANY));
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
    const planned = () => plan(master(query), null, OPAQUE, ANY);
    expect(planned).toThrow(ApiError);
    expect(planned).toThrow(`"${parameter}" must be`);
  });

  it('is PNG instead of JPEG for a flat drawing', () => {
    const accept = 'image/png,image/*;q=0.8';
    const drawing = { ...OPAQUE, type: 'image/png' } as const;
    for (const [size, format] of [
      [599, 'png'],
      [600, 'jpeg'],
    ] as const) {
      expect(requested('w=9', { accept, image: { ...drawing, size } }).formats).toEqual([format]);
    }
    const image = { ...OPAQUE, size: 9 };
    expect(requested('w=9', { accept, image }).formats).toEqual(['jpeg']);
    expect(requested('w=9', { image: { ...drawing, size: 9 } }).formats).toEqual([
      ...['avif', 'webp', 'png'],
    ]);
    const explicit = { accept, image: { ...drawing, size: 9 } };
    expect(requested('w=9&fmt=jpeg', explicit).formats).toEqual(['jpeg']);
  });

  it('takes its defaults from the grammar', () => {
    expect(requested('w=400')).toEqual({
      w: 400,
      fit: 'cover',
      quality: 80,
      formats: ['avif', 'webp', 'jpeg'],
      negotiated: true,
      takesMaster: true,
      maxEdge: null,
    });
    expect(requested('w=99999').w).toBe(8192);
  });

  it('multiplies lengths by `dpr`, in proportion up to the largest', () => {
    const lengths = (query: string) => {
      const { w, h } = requested(query);
      return [w, h];
    };
    expect(requested('w=400&dpr=2')).toEqual(requested('w=800'));
    expect(lengths('w=33&h=10&dpr=1.5')).toEqual([50, 15]);
    expect(lengths('w=6000&h=3000&dpr=3')).toEqual([8192, 4096]);
    expect(lengths('h=5&dpr=4')).toEqual([undefined, 20]);
    expect(plan(master('dpr=2'), null, OPAQUE, ANY).kind).toBe('master');
  });

  it('says where to crop', () => {
    expect(requested('w=9&h=9').point).toBeUndefined();
    expect(requested('w=9&h=9&gravity=center').point).toEqual({ x: 0.5, y: 0.5 });
    expect(requested('w=9&h=9&gravity=north').point).toEqual({ x: 0.5, y: 0 });
    expect(requested('w=9&h=9&gravity=bottom-right')).toEqual(requested('w=9&h=9&fp=1,1'));
    expect(requested('w=9&h=9&fp=0.3,0.7').point).toEqual({ x: 0.3, y: 0.7 });
  });

  it.each([
    ['flip=h&rotate=180', 'flip=v'],
    ['flip=v&rotate=180', 'flip=h'],
    ['flip=hv', 'rotate=180'],
    ['flip=hv&rotate=180', 'flip=hv&rotate=180&gray=false'],
    ['flip=v&rotate=90', 'flip=h&rotate=270'],
  ])('is the same for %s and %s', (query, same) => {
    expect(requested(query)).toEqual(requested(same));
  });

  it('is JPEG for an image with alpha if an opaque colour is under it', () => {
    const formatsOf = (query: string) =>
      requested(query, { accept: 'image/webp,*/*', image: CLEAR }).formats;
    expect(formatsOf('bg=fff')).toEqual(['webp', 'jpeg']);
    expect(formatsOf('bg=fff&fmt=jpeg')).toEqual(['jpeg']);
    expect(formatsOf('bg=ffffff80')).toEqual(['webp', 'png']);
    expect(formatsOf('bg=ffffff80&fmt=jpeg')).toEqual(['png']);
  });

  it('trims no animation, but its first frame', () => {
    const trimmed = (query: string, image: typeof MOVING | typeof CLEAR = MOVING) =>
      requested(query, { image }).trim;
    for (const query of ['trim=true', 'trim=true&fmt=webp']) {
      expect(() => trimmed(query)).toThrow('"trim" does not apply to animations');
    }
    expect(trimmed('trim=true&fmt=png')).toBe(10);
    expect(trimmed('trim=20', CLEAR)).toBe(20);
  });

  it('makes a placeholder of one size and quality, whatever else is requested', () => {
    expect(requested('lqip=true&w=400&h=3&q=99&fit=face')).toEqual(requested('lqip=true'));
    expect(requested('lqip=true')).toMatchObject({ w: 50, quality: 20, fit: 'cover' });
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
    expect(requested('w=9', { accept, image })).toMatchObject({ formats, negotiated: true });
  });

  it.each([
    ['fmt=jpeg', OPAQUE, ['jpeg']],
    ['fmt=jpeg', CLEAR, ['png']],
    ['fmt=webp', CLEAR, ['webp', 'png']],
    ['fmt=avif', OPAQUE, ['avif', 'jpeg']],
    ['fmt=png', OPAQUE, ['png', 'jpeg']],
  ])('for %s and %o makes %j, whatever is accepted', (query, image, formats) => {
    for (const accept of [MODERN, 'image/jpeg', null]) {
      expect(requested(query, { accept, image })).toMatchObject({ formats, negotiated: false });
    }
  });

  it('uses only the sizes that the operator allows', () => {
    const limits = { ...ANY, sizes: [100, 200, 400] };
    const at = (query: string) => {
      const { w, h } = requested(query, { limits });
      return [w, h];
    };
    expect(at('w=150')).toEqual([200, undefined]);
    expect(at('w=200')).toEqual([200, undefined]);
    expect(at('w=900')).toEqual([400, undefined]);
    expect(at('h=1')).toEqual([undefined, 100]);
    expect(at('w=150&h=75')).toEqual([200, 100]);
    expect(at('fmt=webp')).toEqual([undefined, undefined]);
    expect(at('w=75&dpr=2')).toEqual([200, undefined]);
    expect(requested('w=9&h=9&fp=0.3,0.7', { limits }).point).toEqual({ x: 0.25, y: 0.75 });
    for (const other of ['trim=true', 'flip=h', 'rotate=90', 'bg=fff', 'gray=true', 'sharpen=1']) {
      const [name] = other.split('=');
      expect(() => requested(`w=150&${other}`, { limits })).toThrow(`"${name}" is not allowed`);
    }
    expect(requested('w=9&rotate=0&gray=false', { limits })).toEqual(requested('w=9', { limits }));
  });

  it('is a variant without the master in its place if the longest side is limited', () => {
    const limits = { sizes: [], maxEdge: 100 };
    const bare = requested('token=abc&v=3', { limits });
    expect(bare).toEqual({ ...requested('fmt=auto'), takesMaster: false, maxEdge: 100 });
    expect(requested('w=400&fmt=jpeg', { limits })).toMatchObject({
      ...{ w: 400, takesMaster: false, maxEdge: 100 },
    });
    const kind = (query: string) => plan(master(query), null, OPAQUE, limits).kind;
    expect(kind('blur=true')).toBe('blurhash');
    // Named by the options, the master is planned, and refused by whoever sends it.
    for (const query of ['fmt=original', 'fmt=original&metadata=none', 'metadata=none']) {
      expect(kind(query), query).toBe('master');
    }
    expect(kind('metadata=none&fmt=auto')).toBe('variant');
  });
});

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const FIREFOX = 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5';

describe('acceptance', () => {
  it.each([
    [CHROME, { avif: 1, webp: 1, jpeg: 1, png: 1 }],
    [FIREFOX, { avif: 1, webp: 1, jpeg: 0.8, png: 1 }],
    ['image/webp,*/*;q=0.5', { avif: 0, webp: 1, jpeg: 0.5 }],
    ['*/*', { avif: 0, webp: 0, jpeg: 1, gif: 1 }],
    ['image/*', { avif: 0, webp: 0, jpeg: 1, png: 1 }],
    ['image/avif;q=0, image/webp', { avif: 0, webp: 1, jpeg: 0 }],
    ['IMAGE/AVIF ; Q=0.25', { avif: 0.25 }],
    ['image/webp;v=1;q=0.125', { webp: 0.125 }],
    ['image/jpeg;q=0,*/*', { jpeg: 0, png: 1 }],
    ['text/html', { avif: 0, webp: 0, jpeg: 0, png: 0 }],
    ['', { avif: 0, webp: 0, jpeg: 0 }],
  ])('of %j', (accept, expected) => {
    for (const [format, quality] of Object.entries(expected)) {
      expect(acceptance(accept, format as 'avif'), format).toBe(quality);
    }
  });

  it('without the header accepts only formats that every client can show', () => {
    expect(acceptance(null, 'jpeg')).toBe(1);
    expect(acceptance(null, 'webp')).toBe(0);
  });

  it('ignores a malformed weight', () => {
    expect(acceptance('image/webp;q=2', 'webp')).toBe(1);
    expect(acceptance('image/webp;q=-1', 'webp')).toBe(1);
  });

  it('reads a header of any length quickly', () => {
    expect(acceptance(`${'image/webp;'.repeat(100_000)}`, 'avif')).toBe(0);
  });
});
