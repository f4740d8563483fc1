import fc from 'fast-check';

/** Every character of Unicode: code points without surrogates. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));

/**
 * Strings of any characters. Unlike `fc.string({ unit: 'binary' })` they need no table of all characters, which
 * takes a second to fill in every process.
 */
export const anyText = (lengths: fc.StringSharedConstraints = {}) =>
  fc.string({ ...lengths, unit: character });
