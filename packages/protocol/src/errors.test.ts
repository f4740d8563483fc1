import { describe, expect, it } from 'vitest';
import { ERRORS } from './errors.js';

describe('the error catalogue', () => {
  it.each(Object.entries(ERRORS))(
    '%s has a code, a status and a message for people',
    (code, entry) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      expect(entry.message).toMatch(/^\S.{10,}[^.\s]$/);
    },
  );

  it('has no message twice', () => {
    const messages = Object.values(ERRORS).map(({ message }) => message);
    expect(new Set(messages).size).toBe(messages.length);
  });

  it('keeps the messages of the wire contract', () => {
    expect(ERRORS.signed_token_required).toEqual({
      status: 403,
      message: 'Signed token required for private image',
    });
    expect(ERRORS.serve_token_invalid).toEqual({
      status: 403,
      message: 'Invalid or expired signature',
    });
    expect(ERRORS.image_not_found).toEqual({ status: 404, message: 'Image not found' });
  });
});
