import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../packages/protocol/src/testing/any-text.js';
import { createSecretCipher, WrongMasterKeyError } from './cipher.js';

const KEY = new Uint8Array(32).fill(1);
const SECRET = 'psk_live_a-secret-of-a-project';
const PLACE = 'projects.serve_secret:1';

const encrypted = () => createSecretCipher(KEY).encrypt(SECRET, PLACE);

/** A cipher that remembers nothing. */
const decrypt = (text: Uint8Array, { place = PLACE, key = KEY } = {}) =>
  createSecretCipher(key).decrypt(text, place);

describe('createSecretCipher', () => {
  it('decrypts what it encrypted, in every process', () => {
    const cipher = createSecretCipher(KEY);
    const text = cipher.encrypt(SECRET, PLACE);
    expect(cipher.decrypt(text, PLACE)).toBe(SECRET);
    expect(decrypt(text)).toBe(SECRET);
    expect(decrypt(new Uint8Array(text))).toBe(SECRET);
  });

  it('accepts any text and any context', () => {
    const text = anyText();
    fc.assert(
      fc.property(text, text, (secret, place) => {
        expect(decrypt(createSecretCipher(KEY).encrypt(secret, place), { place })).toBe(secret);
      }),
    );
  });

  it('never produces the same ciphertext twice, nor parts of the secret', () => {
    const texts = Array.from({ length: 100 }, () => Buffer.from(encrypted()));
    expect(new Set(texts.map((text) => text.toString('hex'))).size).toBe(100);
    for (const text of texts) expect(text.includes('secret')).toBe(false);
  });

  it('refuses a ciphertext with any flipped bit', () => {
    const text = encrypted();
    for (let i = 0; i < text.length * 8; i++) {
      const tampered = Uint8Array.from(text);
      tampered[i >> 3] = (tampered[i >> 3] ?? 0) ^ (1 << (i & 7));
      expect(() => decrypt(tampered), `bit ${i}`).toThrow(WrongMasterKeyError);
    }
  });

  it('refuses a truncated or extended ciphertext', () => {
    const text = encrypted();
    for (let length = 0; length < text.length; length++) {
      expect(() => decrypt(text.subarray(0, length)), `${length}`).toThrow(WrongMasterKeyError);
      expect(() => decrypt(text.subarray(text.length - length))).toThrow(WrongMasterKeyError);
    }
    expect(() => decrypt(Buffer.concat([text, Buffer.of(0)]))).toThrow(WrongMasterKeyError);
  });

  it('refuses a ciphertext of another context, cached or not', () => {
    const cipher = createSecretCipher(KEY);
    const text = cipher.encrypt(SECRET, PLACE);
    expect(cipher.decrypt(text, PLACE)).toBe(SECRET);
    for (const place of ['', `${PLACE}1`, 'projects.serve_secret:2', 'secret_keys.secret:1']) {
      expect(() => cipher.decrypt(text, place), place).toThrow(WrongMasterKeyError);
      expect(() => decrypt(text, { place }), place).toThrow(WrongMasterKeyError);
    }
  });

  it('refuses a ciphertext of another master key, and reveals neither', () => {
    const key = new Uint8Array(32).fill(2);
    expect(() => decrypt(encrypted(), { key })).toThrow(WrongMasterKeyError);
    expect(() => decrypt(encrypted(), { key })).not.toThrow(SECRET);
  });

  it('does not return a cached secret for a new ciphertext of the same context', () => {
    const cipher = createSecretCipher(KEY);
    const first = cipher.encrypt('first', PLACE);
    const second = cipher.encrypt('second', PLACE);
    expect(cipher.decrypt(first, PLACE)).toBe('first');
    expect(cipher.decrypt(second, PLACE)).toBe('second');
    expect(cipher.decrypt(first, PLACE)).toBe('first');
  });

  it.each([0, 16, 31, 33, 64])('refuses a master key of %i bytes', (length) => {
    expect(() => createSecretCipher(new Uint8Array(length))).toThrow(RangeError);
  });
});
