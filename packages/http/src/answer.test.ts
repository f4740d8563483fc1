import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { answer, contentHeaders, reprDigest } from './answer.js';

it('the headers of content are those of every response to anyone, and more', () => {
  const context = { requestId: 'id' };
  const always = answer(context, 'anyone', 200, {}).headers;
  const facts = { type: 'image/png', length: 3, etag: '"a"', timing: 'x' };
  expect(Object.keys(always)).not.toEqual([]);
  expect(contentHeaders(context, facts)).toMatchObject(always);
});

it('a digest is the base64 of its bytes', () => {
  assert(
    property(uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex');
      expect(reprDigest(hex)).toBe(`sha-256=:${Buffer.from(bytes).toString('base64')}:`);
    }),
  );
});
