import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASTER_TYPES, type MasterType } from './media-types.js';
import { isKey, isProjectName, makeKey, parseImageAddress, slug } from './names.js';

const types = Object.keys(MASTER_TYPES) as MasterType[];
const anyText = fc.string({ unit: 'binary', maxLength: 800 });
const KEY = 'abc123xyz0-photo.jpg';
/** What people and attackers put where a letter belongs. */
const LOOK_ALIKES = [
  '%2e',
  '%00',
  '\0',
  '\n',
  ' ',
  '/',
  '\\',
  '..',
  '%2F',
  'А',
  'а',
  'ａ',
  '１',
  'É',
  'K',
  '\u200b',
  '\u202e',
  '\u0301',
  '?',
  '#',
  ':',
  '+',
  '~',
  '_',
  '\ud800',
];

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

describe('makeKey', () => {
  it('makes a key of any name and type', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...types), (filename, type) => {
        const key = makeKey(filename, type);
        expect(isKey(key)).toBe(true);
        expect(key.endsWith(`-${slug(filename)}.${MASTER_TYPES[type]}`)).toBe(true);
        expect(encodeURIComponent(key)).toBe(key);
      }),
    );
  });

  it('takes the extension from the detected type, never from the name', () => {
    expect(makeKey('page.html', 'image/png')).toMatch(/^[a-z0-9]{10}-page\.png$/);
    expect(makeKey('photo.jpg.svg', 'image/webp')).toMatch(/^[a-z0-9]{10}-photo-jpg\.webp$/);
  });

  it('does not make the same key twice', () => {
    const keys = Array.from({ length: 1000 }, () => makeKey('photo.jpg', 'image/jpeg'));
    expect(new Set(keys).size).toBe(1000);
  });

  it('skips bytes that would favour a character', () => {
    const answers = [
      new Uint8Array(10).fill(255),
      Uint8Array.from([252, 253, 254, 0, 1, 35, 36, 251]),
    ];
    const random = () => answers.shift() ?? new Uint8Array(10);
    expect(makeKey('x', 'image/jpeg', random)).toBe('ab9a9aaaaa-x.jpg');
  });
});

describe('slug', () => {
  it.each([
    ['photo.jpg', 'photo'],
    ['Été à Paris.HEIC.png', 'ete-a-paris-heic'],
    ['C:\\fakepath\\My Photo.JPG', 'my-photo'],
    ['../../etc/passwd', 'passwd'],
    ['.htaccess', 'image'],
    ['', 'image'],
    ['日本.jpg', 'image'],
    ['---.png', 'image'],
    ['a/b/', 'image'],
    ['ﬁne①.gif', 'fine1'],
    [`${'x'.repeat(63)} y.png`, 'x'.repeat(63)],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('makes of %j %j', (filename, expected) => expect(slug(filename)).toBe(expected));

  it('has only letters, digits and single hyphens for any name', () => {
    fc.assert(
      fc.property(anyText, (filename) => {
        const made = slug(filename);
        expect(made).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(made.length).toBeLessThanOrEqual(64);
        expect(slug(made)).toBe(made);
      }),
    );
  });
});

describe('isKey', () => {
  it.each([KEY, '0000000000-a.tiff', `abc123xyz0-${'a'.repeat(64)}.png`, 'abc123xyz0-a--b.gif'])(
    'accepts %j',
    (key) => expect(isKey(key)).toBe(true),
  );

  it.each([
    '',
    'photo.jpg',
    'abc123xyz0',
    'abc123xyz0-.jpg',
    'abc123xyz0-photo',
    'abc123xyz0-photo.',
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
    'abc123xyz0-photo.jpegxl',
    `abc123xyz0-${'a'.repeat(65)}.png`,
  ])('refuses %j', (key) => expect(isKey(key)).toBe(false));

  it('refuses every look-alike, wherever it stands', () => {
    for (const other of LOOK_ALIKES) {
      for (let at = 0; at <= KEY.length; at++) {
        expect(isKey(KEY.slice(0, at) + other + KEY.slice(at)), `${other} at ${at}`).toBe(false);
        expect(isKey(KEY.slice(0, at) + other + KEY.slice(at + 1)), `${other} for ${at}`).toBe(
          false,
        );
      }
    }
  });
});

describe('parseImageAddress', () => {
  it('reads project and key', () => {
    expect(parseImageAddress(`my-app/${KEY}`)).toEqual({ project: 'my-app', key: KEY });
  });

  it('returns the exact characters of its input, or null', () => {
    const character = fc.constantFrom(...'ab0-./', ...LOOK_ALIKES);
    const part = fc.string({ unit: character, maxLength: 12 });
    fc.assert(
      fc.property(part, part, (project, tail) => {
        const path = `${project}/abc123xyz0-${tail}`;
        const address = parseImageAddress(path);
        expect(address === null ? path : `${address.project}/${address.key}`).toBe(path);
        expect(address === null || /^[a-z0-9/.-]+$/.test(path)).toBe(true);
      }),
    );
  });

  it.each([
    '',
    '/',
    KEY,
    `/${KEY}`,
    `//${KEY}`,
    `my-app//${KEY}`,
    `my-app/${KEY}/`,
    `my-app/x/${KEY}`,
    `./my-app/${KEY}`,
    `my-app/../my-app/${KEY}`,
    `my-app/./${KEY}`,
    `my-app%2F${KEY}`,
    `my-app/${KEY}?w=1`,
    `my-app/abc123xyz0-photo%2Ejpg`,
    `my-app/abc123xyz0-photo%252Ejpg`,
    `my-app\0/${KEY}`,
    `my-app/${KEY}\0`,
    `MY-APP/${KEY}`,
    `мy-app/${KEY}`,
    `a/${KEY}`,
  ])('refuses %j', (path) => expect(parseImageAddress(path)).toBeNull());
});
