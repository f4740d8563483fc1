import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { reprDigest } from './answer.js';

it('a digest is the base64 of its bytes', () => {
  assert(
    property(uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex');
      expect(reprDigest(hex)).toBe(`sha-256=:${Buffer.from(bytes).toString('base64')}:`);
    }),
  );
});
