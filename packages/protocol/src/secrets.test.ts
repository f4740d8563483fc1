import { describe, expect, it } from 'vitest';
import { decodeBase64url } from './base64url.js';
import { makeSecret, SECRET_KEY_PREFIX, SERVE_SECRET_PREFIX } from './secrets.js';

describe.each([
  [SECRET_KEY_PREFIX, 'sk_live_'],
  [SERVE_SECRET_PREFIX, 'psk_live_'],
] as const)('makeSecret(%j)', (prefix, text) => {
  it('puts 256 bits behind the prefix', () => {
    const secret = makeSecret(prefix);
    expect(secret.startsWith(text)).toBe(true);
    expect(decodeBase64url(secret.slice(text.length))).toHaveLength(32);
  });

  it('never makes the same twice', () => {
    const secrets = Array.from({ length: 1000 }, () => makeSecret(prefix));
    expect(new Set(secrets).size).toBe(1000);
  });
});

it('tells the two kinds apart by how they begin', () => {
  expect(makeSecret(SERVE_SECRET_PREFIX).startsWith(SECRET_KEY_PREFIX)).toBe(false);
  expect(makeSecret(SECRET_KEY_PREFIX).startsWith(SERVE_SECRET_PREFIX)).toBe(false);
});
