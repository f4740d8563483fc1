import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesMaster, parseImageAddress, parsePresetPath, parseReadPath } from './address.js';
import { isGeneratedKey, isKey, RESERVED_PROJECT_NAMES } from './names.js';

const KEY = 'abc123xyz0-photo.jpg';
/** What people and attackers put where a letter belongs. */
const LOOK_ALIKES = [
  '%2e',
  '%00',
  '\0',
  '\n',
  ' ',
  '\\',
  '%2F',
  'А',
  'а',
  'ａ',
  '１',
  'É',
  '\u212a',
  '\u200b',
  '\u202e',
  '\u0301',
  '?',
  '#',
  ':',
  '+',
  '\ud800',
];
const NOT_ADDRESSES = [
  '',
  '/',
  KEY,
  `/${KEY}`,
  `//${KEY}`,
  'my-app/',
  'my-app//a',
  `my-app/${KEY}/`,
  `my-app/./${KEY}`,
  `./my-app/${KEY}`,
  `my-app/../my-app/${KEY}`,
  'my-app/a/../b',
  `my-app%2F${KEY}`,
  'my-app/abc123xyz0-photo%2Ejpg',
  `MY-APP/${KEY}`,
  `мy-app/${KEY}`,
  `a/${KEY}`,
  'my-app/a/w=400/b',
  'my-app/a/b,c',
  `my-app/${Array(17).fill('a').join('/')}`,
  `my-app/${'x'.repeat(256)}`,
];

describe('parseImageAddress', () => {
  it.each([KEY, 'users/42/avatar', 'a', 'A~b/c_d.e'])('reads the project and %j', (key) => {
    expect(parseImageAddress(`my-app/${key}`)).toEqual({ project: 'my-app', key });
  });

  it('returns the exact characters of its input, or null', () => {
    const character = fc.constantFrom(...'ab0-./~', ...LOOK_ALIKES);
    const part = fc.string({ unit: character, maxLength: 12 });
    fc.assert(
      fc.property(part, part, (project, tail) => {
        const path = `${project}/abc123xyz0-${tail}`;
        const address = parseImageAddress(path);
        expect(address === null ? path : `${address.project}/${address.key}`).toBe(path);
        expect(address === null || /^[a-z0-9/.~-]+$/.test(path)).toBe(true);
      }),
    );
  });

  it('refuses every look-alike, wherever it stands', () => {
    for (const other of LOOK_ALIKES) {
      for (let at = 0; at <= KEY.length; at++) {
        const keys = [
          KEY.slice(0, at) + other + KEY.slice(at),
          KEY.slice(0, at) + other + KEY.slice(at + 1),
        ];
        for (const key of keys) {
          expect(parseImageAddress(`my-app/${key}`), key).toBeNull();
          expect(parseReadPath(`my-app/${key}`), key).toBeNull();
        }
      }
    }
  });

  it.each(NOT_ADDRESSES)('refuses %j', (path) => {
    expect(parseImageAddress(path)).toBeNull();
    expect(parseReadPath(path)).toBeNull();
  });

  it.each([...RESERVED_PROJECT_NAMES])('leaves /%s/… to the server', (name) => {
    expect(parseImageAddress(`${name}/a`)).toBeNull();
    expect(parseReadPath(`${name}/a`)).toBeNull();
  });

  it('refuses a transform segment', () => {
    expect(parseImageAddress('my-app/w=400/a')).toBeNull();
  });
});

describe('parseReadPath', () => {
  it.each([
    ['my-app/blog/hero', null, [{ key: 'blog/hero' }]],
    ['my-app/blog/hero.webp', null, [{ key: 'blog/hero', format: 'webp' }]],
    ['my-app/blog/hero.jpg', null, [{ key: 'blog/hero', format: 'jpeg' }]],
    ['my-app/w=400,h=300/blog/hero.avif', 'w=400,h=300', [{ key: 'blog/hero', format: 'avif' }]],
    ['my-app/w=400/a', 'w=400', [{ key: 'a' }]],
    ['my-app/,/a', ',', [{ key: 'a' }]],
    ['my-app/a.b', null, [{ key: 'a.b' }]],
    ['my-app/a.b.png', null, [{ key: 'a.b', format: 'png' }]],
    [`my-app/${KEY}`, null, [{ key: KEY }, { key: 'abc123xyz0-photo', format: 'jpeg' }]],
    [`my-app/${KEY}.webp`, null, [{ key: KEY, format: 'webp' }]],
    ['my-app/abc123xyz0-a.heic', null, [{ key: 'abc123xyz0-a.heic' }]],
    [`my-app/${'x'.repeat(255)}.jpeg`, null, [{ key: 'x'.repeat(255), format: 'jpeg' }]],
  ])('parses %j', (path, segment, candidates) => {
    expect(parseReadPath(path)).toEqual({ project: 'my-app', segment, candidates });
  });

  it.each([
    'my-app/w=400',
    'my-app/w=400/',
    'my-app/w=400/h=300/a',
    'my-app/hero.heic',
    'my-app/hero.JPG',
    'my-app/hero.png.jpg',
    `my-app/w=${'1'.repeat(600)}/a`,
    'my-app/w%3D400/a',
  ])('refuses %j', (path) => expect(parseReadPath(path)).toBeNull());

  const text = fc.string({
    unit: fc.constantFrom(...'aZ0-._~/=,', '.jpg', '.webp'),
    maxLength: 24,
  });

  it('finds keys that are parts of the path as received, each of one address only', () => {
    fc.assert(
      fc.property(text, (rest) => {
        const address = parseReadPath(`my-app/${rest}`);
        if (address === null) return;
        const { segment, candidates } = address;
        const head = segment === null ? '' : `${segment}/`;
        for (const { key, format } of candidates) {
          expect(isKey(key)).toBe(true);
          expect(key).not.toMatch(/[=,]/);
          expect(rest.startsWith(head + key)).toBe(true);
          const extension = rest.slice((head + key).length);
          if (format === undefined) expect(extension).toBe('');
          else expect(extension).toMatch(/^\.(jpe?g|png|webp|avif)$/);
        }
        if (candidates.length > 1) expect(isGeneratedKey(candidates[0].key)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the key itself in its own plain address, never its beginning', () => {
    fc.assert(
      fc.property(text, (key) => {
        if (!isKey(key)) return;
        expect(parseReadPath(`my-app/${key}`)?.candidates[0]).toEqual({ key });
        expect(parseReadPath(`my-app/w=4/${key}`)?.candidates[0]).toEqual({ key });
        expect(parseReadPath(`my-app/${key}.webp`)?.candidates.at(-1)).toEqual({
          key,
          format: 'webp',
        });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parsePresetPath', () => {
  it.each([
    ['my-app/card/a', 'card', [{ key: 'a' }]],
    ['my-app/card/users/42/a.webp', 'card', [{ key: 'users/42/a', format: 'webp' }]],
    ['my-app/card/abc123xyz0-a.gif', 'card', [{ key: 'abc123xyz0-a.gif' }]],
    [`my-app/a2-/${KEY}.png`, 'a2-', [{ key: KEY, format: 'png' }]],
  ])('parses %j', (path, preset, candidates) => {
    const address = { project: 'my-app', segment: null, preset, candidates };
    expect(parsePresetPath(path)).toEqual(address);
    // The piece is the folder of a key, if it can be one.
    const { key = `${preset}/` } = parseReadPath(path)?.candidates[0] ?? {};
    expect(key.startsWith(`${preset}/`)).toBe(true);
  });

  it.each([
    'my-app/card',
    'my-app/card/',
    'my-app/Card/a',
    'my-app/c/a',
    'my-app/2c/a',
    `my-app/${'c'.repeat(41)}/a`,
    'my-app/w=4/a',
    'my-app/card/w=4/a',
    'my-app/card/a,b',
    'my-app/card/../a',
    'my-app/c%61rd/a',
    'v1/card/a',
    '/card/a',
  ])('refuses %j', (path) => expect(parsePresetPath(path)).toBeNull());

  it('names an image by the whole rest of the path as received', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'aZ0-._/=', '.jpg'), maxLength: 16 }),
        (rest) => {
          for (const { key, format } of parsePresetPath(`my-app/card/${rest}`)?.candidates ?? []) {
            expect(isKey(key)).toBe(true);
            expect(rest.startsWith(key)).toBe(true);
            expect(rest.slice(key.length) === '').toBe(format === undefined);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('namesMaster', () => {
  it('is true for a generated key without an extension behind it', () => {
    expect(namesMaster({ key: KEY })).toBe(true);
    expect(namesMaster({ key: KEY, format: 'webp' })).toBe(false);
    expect(namesMaster({ key: 'blog/hero' })).toBe(false);
  });
});
