import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPresetName, parsePreset } from './preset.js';
import { parseTransform, TRANSFORM_GRAMMAR } from './transform.js';

describe('parsePreset', () => {
  it.each([
    ['w=640', 'w=640'],
    ['q=70,h=360,w=640,fit=auto', 'w=640,h=360,fit=auto,q=70'],
    ['fit=crop,w=9999,blur=false', 'w=8192,fit=cover'],
    ['v=4,lqip=true', 'lqip=true'],
    ['fmt=auto', 'fmt=auto'],
  ])('writes %j as %j', (text, canonical) => {
    expect(parsePreset(text)).toMatchObject({ ok: true, text: canonical });
  });

  it.each([
    ['', 'at least one option'],
    ['v=3,blur=false', 'at least one option'],
    ['w', 'name=value'],
    ['w=wide', '"w" must be'],
    ['card=1', '"card" is not an option'],
    ['fmt=original', '"fmt=original"'],
    ['w=1,blur=true', '"blur"'],
    ['w=1,metadata=none', '"metadata"'],
    [`w=1,${'v=1,'.repeat(200)}h=1`, 'at most 512 characters'],
  ])('refuses %j', (text, problem) => {
    expect(parsePreset(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('has one text for each transform, which gives the transform again', () => {
    const names = Object.keys(TRANSFORM_GRAMMAR).filter((name) => name !== 'metadata');
    const values = [
      '1',
      '8192',
      '70',
      '90',
      'cover',
      'auto',
      'webp',
      'top',
      'h',
      'true',
      'fff',
      '0.5',
    ];
    const option = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values));
    fc.assert(
      fc.property(
        fc.uniqueArray(option, { selector: ([name]) => name, minLength: 1 }),
        (options) => {
          const parsed = parsePreset(options.map((pair) => pair.join('=')).join(','));
          if (!parsed.ok) return;
          const { transform, text } = parsed;
          const segment = text;
          expect(parseTransform(new URLSearchParams(), { segment })).toEqual({
            ok: true,
            transform,
          });
          expect(parsePreset(text)).toEqual(parsed);
        },
      ),
    );
  });
});

describe('isPresetName', () => {
  it('allows no text that is a transform segment or needs encoding', () => {
    const names = ['card', 'a1', 'a-', 'w', 'x'.repeat(40), `a${'-'.repeat(39)}`];
    expect(names.filter(isPresetName)).toEqual(['card', 'a1', 'a-', 'x'.repeat(40), names[5]]);
    for (const name of [
      '',
      'a',
      'Card',
      '1a',
      '-a',
      'a_b',
      'a.b',
      'a/b',
      'a=b',
      'a,b',
      'a\n',
      'ä1',
    ]) {
      expect(isPresetName(name), name).toBe(false);
    }
    expect(isPresetName('x'.repeat(41))).toBe(false);
  });
});
