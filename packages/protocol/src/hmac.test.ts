import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantTimeEqual as nativeEqual, hmacBase64url as nativeHmac } from './hmac.node.js';
import { constantTimeEqual as webEqual, hmacBase64url as webHmac } from './hmac.web.js';
import { anyText } from './testing/any-text.js';

const text = anyText();
const secret = anyText({ minLength: 1 });

const paths = [
  { name: 'native', hmac: nativeHmac, equal: nativeEqual },
  { name: 'WebCrypto', hmac: webHmac, equal: webEqual },
];

describe.each(paths)('HMAC, $name', ({ hmac, equal }) => {
  it('agrees with RFC 4231, test case 2', async () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const signature = await hmac('Jefe', 'what do ya want for nothing?');
    expect(signature).toBe(Buffer.from(expected, 'hex').toString('base64url'));
  });

  it('takes keys longer than a block', async () => {
    const long = 'sk_live_'.repeat(20);
    const expected = createHmac('sha256', Buffer.from(long)).update('m').digest('base64url');
    expect(await hmac(long, 'm')).toBe(expected);
  });

  it.each([0, 1, 63, 64, 65, 1365, 1366, 4096, 100_000])(
    'takes a message of %i characters',
    async (length) => {
      for (const message of ['m'.repeat(length), '€'.repeat(length)]) {
        const expected = createHmac('sha256', 'psk_live_1').update(message).digest('base64url');
        expect(await hmac('psk_live_1', message)).toBe(expected);
        expect(await hmac('psk_live_1', 'm')).toBe(await webHmac('psk_live_1', 'm'));
      }
    },
  );

  it('is right for more secrets than are cached, and again for the first', async () => {
    const secrets = Array.from({ length: 150 }, (_, index) => `psk_live_${index}`);
    for (const each of [...secrets, ...secrets.slice(0, 3)]) {
      const expected = createHmac('sha256', each).update('message').digest('base64url');
      expect(await hmac(each, 'message')).toBe(expected);
    }
  });

  it('compares like ===', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (a, b) => {
        expect(equal(a, b)).toBe(a === b);
        expect(equal(a, a)).toBe(true);
        expect(equal(a, `${a}\0`)).toBe(false);
      }),
    );
  });
});

it('is the same on both paths for any secret and message', async () => {
  await fc.assert(
    fc.asyncProperty(secret, text, async (key, message) => {
      expect(await webHmac(key, message)).toBe(nativeHmac(key, message));
    }),
  );
});
