import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGeneratedKey, isKey, isProjectName, MAX_NAME_LENGTH, parseName } from './names.js';
import { anyText } from './testing/any-text.js';

const KEY = 'abc123xyz0-photo.jpg';
describe('isProjectName', () => {
  it.each(['my-app', 'a1', '42', '--', 'a'.repeat(40)])('accepts %j', (name) => {
    expect(isProjectName(name)).toBe(true);
  });

  it.each([
    '',
    'a',
    'a'.repeat(41),
    'My-App',
    'my_app',
    'my.app',
    'my app',
    'café',
    'my-app\n',
    ' my-app',
  ])('refuses %j', (name) => expect(isProjectName(name)).toBe(false));

  it.each(['api', 'admin', 'cdn', 'health', 'registry', 'static', 'test', 'v1'])(
    'reserves %s as the contract does',
    (name) => expect(isProjectName(name)).toBe(false),
  );

  it.each(['ready', 'metrics', 'dashboard', 'assets', 'docs'])(
    'reserves %s, a route of the server',
    (name) => expect(isProjectName(name)).toBe(false),
  );
});

describe('isGeneratedKey', () => {
  it.each([KEY, '0000000000-a.tiff', `abc123xyz0-${'a'.repeat(64)}.png`, 'abc123xyz0-a--b.gif'])(
    'accepts %j',
    (key) => {
      expect(isGeneratedKey(key)).toBe(true);
      expect(isKey(key)).toBe(true);
    },
  );

  it.each([
    '',
    'photo.jpg',
    'abc123xyz0',
    'abc123xyz0-.jpg',
    'abc123xyz0-photo',
    'abc123xyz0-photo.v2',
    'abc123xyz-photo.jpg',
    'abc123xyz01-photo.jpg',
    'ABC123XYZ0-photo.jpg',
    'abc123xyz0-Photo.jpg',
    'abc123xyz0-photo.JPG',
    'abc123xyz0--photo.jpg',
    'abc123xyz0-photo-.jpg',
    `${KEY}\n`,
    `\n${KEY}`,
    'abc123xyz0-photo.jpg.jpg',
    `abc123xyz0-${'a'.repeat(65)}.png`,
    `x/${KEY}`,
  ])('refuses %j', (key) => expect(isGeneratedKey(key)).toBe(false));
});

describe('parseName', () => {
  const alphanumeric = 'abcXYZ019';
  const piece = fc
    .tuple(
      fc.constantFrom(...alphanumeric),
      fc.string({ unit: fc.constantFrom(...alphanumeric, ...'._~-'), maxLength: 12 }),
    )
    .map(([first, rest]) => first + rest);
  const name = fc.array(piece, { minLength: 1, maxLength: 16 }).map((pieces) => pieces.join('/'));

  it('returns a key that needs no percent-encoding, and parses to itself', () => {
    fc.assert(
      fc.property(name, (claim) => {
        const parsed = parseName(claim);
        if (!parsed.ok) return expect(parsed.problem).toMatch(/^"name" must not end/);
        expect(isKey(parsed.name)).toBe(true);
        expect(isGeneratedKey(parsed.name)).toBe(false);
        expect(new URL(`/p/${parsed.name}`, 'http://x').pathname).toBe(`/p/${parsed.name}`);
        expect(parseName(parsed.name)).toEqual(parsed);
        expect(parseName(`${parsed.name}.JPG`)).toEqual(
          parsed.name.length > 0 ? parsed : expect.anything(),
        );
      }),
    );
  });

  it('accepts nothing that is not a name, and says what is allowed', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 300 }), (claim) => {
        const parsed = parseName(claim);
        if (parsed.ok) expect(parsed.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._~/-]*$/);
        else expect(parsed.problem).toMatch(/^"name" must /);
      }),
    );
  });

  it.each([
    ['users/42/avatar', 'users/42/avatar'],
    ['blog/hero.jpg', 'blog/hero'],
    ['blog/hero.HEIC', 'blog/hero'],
    ['v1.2_final~2', 'v1.2_final~2'],
    ['a', 'a'],
    ['abc123xyz0-photo.jpg', 'abc123xyz0-photo'],
    ['x'.repeat(MAX_NAME_LENGTH), 'x'.repeat(MAX_NAME_LENGTH)],
    [`${'x'.repeat(MAX_NAME_LENGTH)}.jpg`, 'x'.repeat(MAX_NAME_LENGTH)],
    [Array(16).fill('a').join('/'), Array(16).fill('a').join('/')],
  ])('parses %j', (claim, expected) => {
    expect(parseName(claim)).toEqual({ ok: true, name: expected });
  });

  it.each([
    ['', 'empty'],
    ['.jpg', 'empty'],
    ['x'.repeat(MAX_NAME_LENGTH + 1), 'at most 255 characters'],
    [Array(17).fill('a').join('/'), 'at most 16 pieces'],
    ['hero.png.jpg', 'extension'],
    ['/hero', 'pieces'],
    ['hero/', 'pieces'],
    ['a//b', 'pieces'],
    ['a/../b', 'pieces'],
    ['..', 'pieces'],
    ['.hidden', 'pieces'],
    ['a/-b', 'pieces'],
    ['w=400', 'pieces'],
    ['a,b', 'pieces'],
    ['a%2Fb', 'pieces'],
    ['größe', 'pieces'],
    ['a\\b', 'pieces'],
    ['a b', 'pieces'],
    ['hero\n', 'pieces'],
    ['а', 'pieces'],
    ['a?b', 'pieces'],
    ['a#b', 'pieces'],
    ['a:b', 'pieces'],
  ])('refuses %j and says why', (claim, why) => {
    expect(parseName(claim)).toEqual({ ok: false, problem: expect.stringContaining(why) });
  });
});
