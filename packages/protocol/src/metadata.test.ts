import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_METADATA_BYTES, MAX_METADATA_PAIRS, metadataProblem } from './metadata.js';

const pairs = (count: number, text = '') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, text]));

describe('metadataProblem', () => {
  it.each([
    {},
    { album: 'summer', order: '7' },
    { 'a-b_9': 'größe 灯泡' },
    { ['k'.repeat(40)]: '' },
    JSON.parse('{"__proto__":"x"}'),
    pairs(MAX_METADATA_PAIRS),
    { a: 'x'.repeat(MAX_METADATA_BYTES - '{"a":""}'.length) },
  ])('accepts %j', (value) => expect(metadataProblem(value)).toBeNull());

  it.each([
    [null, 'object'],
    [[], 'object'],
    ['album=summer', 'object'],
    [pairs(MAX_METADATA_PAIRS + 1), 'at most 16 pairs'],
    [{ Album: 'x' }, '"Album"'],
    [{ '': 'x' }, 'keys'],
    [{ ['k'.repeat(41)]: 'x' }, 'keys'],
    [{ 'a b': 'x' }, 'keys'],
    [{ order: 7 }, '"order"'],
    [{ order: null }, '"order"'],
    [{ a: 'x'.repeat(MAX_METADATA_BYTES) }, 'at most 2048 bytes'],
    [{ a: 'ß'.repeat(MAX_METADATA_BYTES / 2) }, 'at most 2048 bytes'],
  ])('refuses %j and says why', (value, why) => {
    expect(metadataProblem(value)).toContain(why);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const problem = metadataProblem(value);
        expect(problem === null || problem.startsWith('must')).toBe(true);
      }),
    );
  });
});
