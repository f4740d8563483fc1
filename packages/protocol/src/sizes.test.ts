import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidSizeError, parseSize } from './sizes.js';

describe('parseSize', () => {
  it.each([
    [1, 1],
    [2 ** 53 - 1, 2 ** 53 - 1],
    ['1b', 1],
    ['500kb', 512_000],
    ['5mb', 5_242_880],
    ['2gb', 2_147_483_648],
    ['1.5gb', 1_610_612_736],
    ['0.5kb', 512],
    ['1.001kb', 1025],
    ['5MB', 5_242_880],
    [' 5mb\n', 5_242_880],
  ])('%j is %i bytes', (size, bytes) => expect(parseSize(size)).toBe(bytes));

  it('counts every unit in 1024s', () => {
    const units = fc.constantFrom({ unit: 'kb', power: 1 }, { unit: 'mb', power: 2 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), units, (count, { unit, power }) => {
        expect(parseSize(`${count}${unit}`)).toBe(count * 1024 ** power);
      }),
    );
  });

  it.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '',
    '5',
    '5m',
    '5 mb',
    '5mib',
    '5tb',
    '-5mb',
    '+5mb',
    '0mb',
    '0.5b',
    '5e3kb',
    '5,5mb',
    '.5mb',
    '5.mb',
    '1.0001mb',
    '٥mb',
    '5mb5mb',
    '9999999999999999b',
    '999999999gb',
    'mb',
    'NaN',
    'Infinitymb',
    '0x5mb',
  ])('refuses %j and shows what it got', (size) => {
    expect(() => parseSize(size)).toThrow(InvalidSizeError);
    const shown = typeof size === 'string' ? JSON.stringify(size) : String(size);
    expect(() => parseSize(size)).toThrow(`${shown} is not a size`);
  });

  it('returns whole positive bytes or throws its own error, for any input', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (size) => {
        try {
          const bytes = parseSize(size as string);
          // A text may be a size by chance, such as "1b".
          if (typeof size !== 'string') expect(bytes).toBe(size);
          expect(Number.isSafeInteger(bytes) && bytes > 0).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidSizeError);
          expect(error).toMatchObject({ code: 'invalid_size', name: 'InvalidSizeError' });
        }
      }),
    );
  });

  it.each([5n, null, undefined, Symbol('5mb'), { toString: () => '5mb' }, ['5mb']])(
    'refuses a value of another type (%#) with its own error',
    (size) => expect(() => parseSize(size as never)).toThrow(InvalidSizeError),
  );
});
