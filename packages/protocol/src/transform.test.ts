import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from './testing/any-text.js';
import {
  FITS,
  FLIPS,
  FORMATS,
  formatTransform,
  GRAVITIES,
  parseTransform,
  type ResolvedTransform,
  ROTATIONS,
  type Transform,
  variantName,
} from './transform.js';

const parse = (query: string) => parseTransform(new URLSearchParams(query));

const size = fc.integer({ min: 1, max: 8192 });
const share = fc.integer({ min: 0, max: 10_000 }).map((steps) => steps / 10_000);
const digits = (count: number) =>
  fc.integer({ min: 1, max: 16 ** count - 1 }).map((n) => n.toString(16).padStart(count, '0'));
const colour = fc.oneof(
  digits(6),
  digits(8).filter((text) => !/(?:00|ff)$/.test(text)),
);
const EFFECTS = {
  rotate: fc.constantFrom(...ROTATIONS),
  bg: colour,
  gray: fc.constant(true),
  sharpen: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
  q: fc.integer({ min: 1, max: 100 }),
};
/** Every combination that is valid, and not empty. */
const TRANSFORMS: fc.Arbitrary<Transform> = fc
  .oneof(
    fc.record(
      {
        ...EFFECTS,
        w: size,
        h: size,
        dpr: fc.integer({ min: 101, max: 400 }).map((hundredths) => hundredths / 100),
        fit: fc.constantFrom(...FITS),
        gravity: fc.constantFrom(...GRAVITIES),
        fp: fc.record({ x: share, y: share }),
        trim: fc.integer({ min: 1, max: 100 }),
        flip: fc.constantFrom(...FLIPS),
        fmt: fc.constantFrom(...FORMATS.filter((format) => format !== 'original')),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      { w: size, q: EFFECTS.q, lqip: fc.constant(true), blur: fc.constant(true) },
      { requiredKeys: ['lqip'] },
    ),
  )
  .map(({ dpr, fit, gravity, fp, ...rest }: Transform) => {
    const isSized = rest.w !== undefined || rest.h !== undefined;
    const isPlaced = fit === undefined || fit === 'cover';
    return {
      ...rest,
      ...(isSized && dpr !== undefined && { dpr }),
      ...(fit !== undefined && { fit }),
      ...(isPlaced && gravity !== undefined && fp === undefined && { gravity }),
      ...(isPlaced && fp !== undefined && { fp }),
    };
  })
  .filter((transform) => Object.keys(transform).length > 0);

describe('parseTransform', () => {
  it('parses every transform from its own text', () => {
    fc.assert(
      fc.property(TRANSFORMS, (wanted) => {
        const text = formatTransform(wanted);
        const members = text.split(',').map((option) => option.split('='));
        const parsed = { ok: true, transform: wanted };
        expect(parseTransform(new URLSearchParams(members))).toEqual(parsed);
        expect(parseTransform(new URLSearchParams(members.toReversed()))).toEqual(parsed);
        expect(parseTransform(new URLSearchParams(), { segment: text })).toEqual(parsed);
        const [first, ...rest] = members;
        const segment = first?.join('=') ?? '';
        expect(parseTransform(new URLSearchParams(rest), { segment })).toEqual(parsed);
      }),
    );
  });

  it.each([
    ['', 'w=400', undefined, { w: 400 }],
    ['', 'w=400,fit=crop', 'webp', { w: 400, fit: 'cover', fmt: 'webp' }],
    ['q=50', 'w=400', undefined, { w: 400, q: 50 }],
    ['', 'v=12,w=400,v=x', undefined, { w: 400 }],
    ['', 'v=12', undefined, null],
    ['', null, 'avif', { fmt: 'avif' }],
    ['', 'lqip=true', undefined, { lqip: true }],
    ['', 'w=9,fp=0.3x0.7', undefined, { w: 9, fp: { x: 0.3, y: 0.7 } }],
    ['dpr=2', 'w=9', undefined, { w: 9, dpr: 2 }],
  ] as const)(
    'joins query %j, segment %j and extension %j',
    (query, segment, format, transform) => {
      const parsed = parseTransform(new URLSearchParams(query), { segment, format });
      expect(parsed).toEqual({ ok: true, transform });
    },
  );

  it.each([
    ['w=400', 'w=400', undefined, '"w" must be'],
    ['fmt=webp', null, 'webp', '"fmt" must be'],
    ['', 'fmt=webp', 'webp', '"fmt" must be'],
    ['fmt=original', 'w=1', undefined, '"fmt=original"'],
    ['fmt=original&q=1', null, undefined, '"fmt=original"'],
    ['', 'fmt=original', 'webp', '"fmt" must be'],
    ['', 'w=1,', undefined, 'name=value'],
    ['', 'fp=0.3,0.7', undefined, 'name=value'],
    ['fp=0,0&gravity=top', null, undefined, '"gravity" and "fp" exclude each other'],
    ['gravity=center', 'fit=contain', undefined, '"gravity" says where to crop'],
    ['fp=1,1', 'fit=face', undefined, '"fp" says where to crop'],
    ['lqip=true&rotate=90', null, undefined, '"rotate" cannot be beside "lqip"'],
    ['w=9&dpr=2&blur=true', null, undefined, '"dpr" cannot be beside "blur"'],
    ['lqip=true&blur=true&bg=fff', null, undefined, '"bg" cannot be beside "lqip"'],
    ['fmt=original&gray=true', null, undefined, '"fmt=original"'],
    ['', ',', undefined, 'name=value'],
    ['', '=1', undefined, 'name=value'],
    ['', 'w', undefined, 'name=value'],
    ['', 'width=1', undefined, '"width" is not an option; the options are w, h, dpr, fit'],
    ['', '__proto__=1', undefined, '"__proto__" is not an option'],
    ['', 'token=x', undefined, '"token" is not an option'],
  ] as const)(
    'refuses query %j with segment %j and extension %j',
    (query, segment, format, problem) => {
      const parsed = parseTransform(new URLSearchParams(query), { segment, format });
      expect(parsed).toEqual({ ok: false, problem: expect.stringContaining(problem) });
    },
  );

  it.each([
    ['', null],
    ['token=abc', null],
    ['W=4&width=4&quality=200&W=5', null],
    ['lqip=false', null],
    ['blur=false&lqip=false', null],
    ['blur=false&w=1', { w: 1 }],
    ['w=400&token=abc&utm_source=x', { w: 400 }],
    ['w=8193', { w: 8192 }],
    ['h=99999999999999999999999999', { h: 8192 }],
    ['q=100', { q: 100 }],
    ['fit=crop', { fit: 'cover' }],
    ['fmt=original', { fmt: 'original' }],
    ['v=3&w=1', { w: 1 }],
    ['w=1&dpr=2.625', { w: 1, dpr: 2.63 }],
    ['w=1&dpr=1.100000023841858', { w: 1, dpr: 1.1 }],
    ['h=1&dpr=9', { h: 1, dpr: 4 }],
    ['w=1&dpr=0.5', { w: 1 }],
    ['dpr=3', null],
    ['fp=0.3,0.7', { fp: { x: 0.3, y: 0.7 } }],
    ['fp=0.33333333333,1', { fp: { x: 0.3333, y: 1 } }],
    ['gravity=north', { gravity: 'top' }],
    ['gravity=southwest', { gravity: 'bottom-left' }],
    ['gravity=center', { gravity: 'center' }],
    ['trim=true', { trim: 10 }],
    ['trim=100', { trim: 100 }],
    ['rotate=270&flip=hv', { rotate: 270, flip: 'hv' }],
    ['bg=F80', { bg: 'ff8800' }],
    ['bg=FF8800ff', { bg: 'ff8800' }],
    ['bg=ff880080', { bg: 'ff880080' }],
    ['sharpen=1.26', { sharpen: 1.3 }],
    ['rotate=0&gray=false&trim=false&sharpen=0&bg=ffffff00', null],
    ['lqip=true&rotate=0', { lqip: true }],
  ] satisfies [string, Transform | null][])('%j asks for %j', (query, transform) => {
    expect(parse(query)).toEqual({ ok: true, transform });
  });

  const badNumbers = [
    '',
    '0',
    '-1',
    '+1',
    '1.5',
    '1e3',
    ' 1',
    '1 ',
    '01',
    '0x10',
    '١',
    '１',
    'NaN',
    '1px',
  ];
  const badWords = [
    '',
    ' ',
    'COVER',
    'AVIF',
    'cover ',
    'cover,auto',
    'constructor',
    '__proto__',
    '1',
  ];
  const malformed: Record<keyof Transform, readonly string[]> = {
    w: [...badNumbers, 'wide'],
    h: [...badNumbers, 'Infinity'],
    q: [...badNumbers, '101', '1000', '9'.repeat(30)],
    fit: [...badWords, 'fill'],
    fmt: [...badWords, 'jpg', 'gif'],
    dpr: ['', '0', '0.0', '-1', '+1', '2x', '1e1', '.5', '2.', '1,5', 'NaN', '9'.repeat(21)],
    gravity: [...badWords, 'top left', 'face'],
    fp: ['', '0.5', '0.5,', ',0.5', '1.1x0', '0x1.0001', '-0x0', '.5x.5', '0.5;0.5', '0.5x0.5x0'],
    trim: ['', '0', '101', '1.5', 'TRUE', '-1', '05'],
    flip: [...badWords, 'H', 'vh', 'none'],
    rotate: ['', '45', '90.0', '360', '-90', '090', 'auto'],
    bg: ['', '#fff', 'ff', 'ffff', 'fffff', 'fffffff', 'fffffffff', 'white', 'gggggg', '0x0000'],
    gray: [...badWords, '1'],
    sharpen: ['', '-1', '10.1', '11', '1e0', '.5', 'true', '9'.repeat(30)],
    lqip: [...badWords, 'TRUE', 'yes'],
    blur: [...badWords, 'True', '5'],
    metadata: [...badWords, 'all', 'None'],
  };
  const cases = Object.entries(malformed).flatMap(([name, texts]) =>
    texts.map((text) => [name, text] as const),
  );

  it.each(cases)('refuses %s=%j, and names it and its allowed values', (name, text) => {
    const allowed =
      '(a (whole )?number|a colour|the shares of|one of |true or false|true \\(a tolerance)';
    const query = new URLSearchParams([[name, text]]);
    const problem = expect.stringMatching(`^"${name}" must be ${allowed}`);
    expect(parseTransform(query)).toEqual({ ok: false, problem });
    if (text.includes(',')) return;
    const inPath = parseTransform(new URLSearchParams(), { segment: `${name}=${text}` });
    expect(inPath).toEqual({ ok: false, problem });
  });

  it.each([
    'w=4&w=4',
    'h=1&h=2',
    'fit=cover&fit=cover',
    'q=1&q=',
    'fmt=auto&w=1&fmt=auto',
    'lqip=false&lqip=false',
    'blur=true&blur=false',
  ])('refuses the parameter that %j gives twice', (query) => {
    const name = query.slice(0, query.indexOf('='));
    const problem = expect.stringMatching(`^"${name}" must be .*, given once$`);
    expect(parse(query)).toEqual({ ok: false, problem });
    const segment = query.replaceAll('&', ',');
    expect(parseTransform(new URLSearchParams(), { segment })).toEqual({ ok: false, problem });
  });

  it('names the first of several that are malformed', () => {
    expect(parse('blur=x&q=x&h=x')).toEqual({
      ok: false,
      problem: expect.stringMatching(/^"h" must be /),
    });
  });

  it('never throws, and ignores unknown parameters', () => {
    const name = fc.oneof(anyText(), fc.constantFrom('__proto__', 'toString'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, anyText())), (members) => {
        const unknown = members.filter(([each]) => !Object.hasOwn(malformed, each));
        const known = parseTransform(new URLSearchParams([['w', '7'], ...unknown]));
        expect(known).toEqual({ ok: true, transform: { w: 7 } });
        expect(typeof parseTransform(new URLSearchParams(members)).ok).toBe('boolean');
      }),
    );
  });
});

describe('variantName', () => {
  it('is another one for every other result', () => {
    const results: fc.Arbitrary<ResolvedTransform> = fc.record(
      {
        ...EFFECTS,
        w: size,
        h: size,
        fit: fc.constantFrom('cover', 'contain'),
        flip: fc.constant('h'),
        fmt: fc.constantFrom('avif', 'webp', 'jpeg', 'png', 'gif'),
      },
      { requiredKeys: ['w', 'h', 'fmt'] },
    );
    const keyOf = (result: ResolvedTransform) =>
      JSON.stringify(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
    fc.assert(
      fc.property(results, results, fc.nat(), (a, b, at) => {
        const members = Object.entries(b);
        const [name, value] = members[at % members.length] ?? [];
        const near = { ...a, [name ?? '']: value };
        for (const other of [b, near]) {
          expect(variantName(a) === variantName(other)).toBe(keyOf(a) === keyOf(other));
        }
        expect(variantName(a)).toMatch(/^[a-z0-9-]{1,100}$/);
      }),
    );
  });
});
