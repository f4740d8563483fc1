import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FITS, FORMATS, parseTransform, type Transform } from './transform.js';

const parse = (query: string) => parseTransform(new URLSearchParams(query));

describe('parseTransform', () => {
  it('parses every transform from its own text', () => {
    const size = fc.integer({ min: 1, max: 8192 });
    const transforms = fc.record(
      {
        w: size,
        h: size,
        fit: fc.constantFrom(...FITS),
        q: fc.integer({ min: 1, max: 100 }),
        fmt: fc.constantFrom(...FORMATS.filter((format) => format !== 'original')),
        lqip: fc.constant(true),
        blur: fc.constant(true),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(transforms, (wanted) => {
        const members = Object.entries(wanted).map(([name, value]) => [name, String(value)]);
        const transform = members.length === 0 ? null : wanted;
        expect(parseTransform(new URLSearchParams(members))).toEqual({ ok: true, transform });
        expect(parseTransform(new URLSearchParams(members.reverse()))).toEqual({
          ok: true,
          transform,
        });
        const segment = members.map((member) => member.join('=')).join(',');
        if (members.length === 0) return;
        expect(parseTransform(new URLSearchParams(), { segment })).toEqual({ ok: true, transform });
        const [first, ...rest] = members;
        const mixed = parseTransform(new URLSearchParams(rest), {
          segment: first?.join('=') ?? '',
        });
        expect(mixed).toEqual({ ok: true, transform });
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
    ['', ',', undefined, 'name=value'],
    ['', '=1', undefined, 'name=value'],
    ['', 'w', undefined, 'name=value'],
    ['', 'width=1', undefined, '"width" is not an option; the options are w, h, fit'],
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
    lqip: [...badWords, 'TRUE', 'yes'],
    blur: [...badWords, 'True', '5'],
    metadata: [...badWords, 'all', 'None'],
  };
  const cases = Object.entries(malformed).flatMap(([name, texts]) =>
    texts.map((text) => [name, text] as const),
  );

  it.each(cases)('refuses %s=%j, and names it and its allowed values', (name, text) => {
    const allowed = '(a whole number of at least 1|one of |true or false)';
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
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'toString'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' }))), (members) => {
        const unknown = members.filter(([each]) => !Object.hasOwn(malformed, each));
        const known = parseTransform(new URLSearchParams([['w', '7'], ...unknown]));
        expect(known).toEqual({ ok: true, transform: { w: 7 } });
        expect(typeof parseTransform(new URLSearchParams(members)).ok).toBe('boolean');
      }),
    );
  });
});
