import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../harness/server.js';
import { sharedServer } from '../harness/shared-server.js';
import {
  expectTokenRefused,
  type Gallery,
  goodClaims,
  sharedGallery,
  withToken,
} from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';

const DAY = 86_400;
/** Contract §2: 7 days plus 5 minutes. */
const LONGEST = 7 * DAY + 300;
/** Seconds that a slow machine may need between signing and checking. */
const MARGIN = 120;

let gallery: Gallery;
let secret: string;
let other: Credentials;

beforeAll(async () => {
  gallery = await sharedGallery();
  secret = gallery.server.credentials.serveSecret;
  other = (await sharedServer()).credentials;
});

const claims = (changes: Readonly<Record<string, unknown>> = {}) => goodClaims(gallery, changes);
const expectRefused = (token: string) => expectTokenRefused(gallery, token);

describe('a token for something else', () => {
  it.each<[string, () => string]>([
    ['another secret', () => handToken(claims(), `psk_live_${'A'.repeat(43)}`)],
    ['an empty secret', () => handToken(claims(), '')],
    ['the secret without its prefix', () => handToken(claims(), secret.slice('psk_live_'.length))],
    ['the secret key', () => handToken(claims(), gallery.server.credentials.secretKey)],
    ['another project’s secret', () => handToken(claims(), other.serveSecret)],
    [
      'another project’s claims and secret',
      () => handToken(claims({ p: other.projectName }), other.serveSecret),
    ],
    ['another project’s claims', () => handToken(claims({ p: other.projectName }), secret)],
    ['another image', () => handToken(claims({ f: gallery.open.key }), secret)],
    [
      'the key in capitals',
      () => handToken(claims({ f: gallery.closed.key.toUpperCase() }), secret),
    ],
    ['project and key together', () => handToken(claims({ f: pathOf() }), secret)],
    ['the key with an escape', () => handToken(claims({ f: `${gallery.closed.key}%00` }), secret)],
    ['every image', () => handToken(claims({ f: '*' }), secret)],
  ])('%s: refused', async (_name, token) => {
    await expectRefused(token());
  });

  it('an upload token or a visibility token: refused, with any signature', async () => {
    const { aura, credentials } = gallery.server;
    await expectRefused(await aura.signUpload({ visibility: 'private' }));
    const visibility = {
      projectName: gallery.project,
      act: 'visibility',
      visibility: 'public',
      iat: now(),
    };
    await expectRefused(handToken(claims(visibility), credentials.secretKey));
    await expectRefused(handToken({ ...visibility, f: gallery.closed.key }, secret));
  });
});

describe('wrong claims with a valid signature', () => {
  it.each<[string, () => unknown]>([
    ['expired', () => ({ exp: now() - 1 })],
    ['long expired', () => ({ exp: 1 })],
    ['never valid', () => ({ exp: 0 })],
    ['negative', () => ({ exp: -1 })],
    ['too far ahead', () => ({ exp: now() + LONGEST + MARGIN })],
    ['a year ahead', () => ({ exp: now() + 365 * DAY })],
    ['milliseconds', () => ({ exp: Date.now() + 600_000 })],
    ['the greatest safe integer', () => ({ exp: Number.MAX_SAFE_INTEGER })],
    ['a fraction', () => ({ exp: now() + 600.5 })],
    ['a text', () => ({ exp: String(now() + 600) })],
    ['an empty text', () => ({ exp: '' })],
    ['an array', () => ({ exp: [now() + 600] })],
    ['true', () => ({ exp: true })],
    ['null', () => ({ exp: null })],
    ['absent', () => ({ exp: undefined })],
    ['a fraction as iat', () => ({ iat: 1.5 })],
    ['a text as iat', () => ({ iat: '1' })],
    ['no project', () => ({ p: undefined })],
    ['a number as project', () => ({ p: 5 })],
    ['an array of projects', () => ({ p: [gallery.project] })],
    ['no key', () => ({ f: undefined })],
    ['an array of keys', () => ({ f: [gallery.closed.key] })],
    ['an object as key', () => ({ f: { toString: gallery.closed.key } })],
    ['claims of an upload token', () => ({ p: undefined, projectName: gallery.project })],
  ])('%s: refused', async (_name, changes) => {
    await expectRefused(handToken(claims(changes() as Record<string, unknown>), secret));
  });

  it.each<[string, () => string | Uint8Array]>([
    ['an array', () => JSON.stringify([claims()])],
    ['null', () => 'null'],
    ['a number', () => '1'],
    ['a text', () => JSON.stringify(JSON.stringify(claims()))],
    ['nothing', () => ' '],
    ['an empty object', () => '{}'],
    ['no JSON', () => 'hello'],
    ['half a JSON', () => JSON.stringify(claims()).slice(0, -1)],
    ['JSON with a comma too many', () => JSON.stringify(claims()).replace('}', ',}')],
    ['exp as infinity', () => exactly('1e999')],
    ['exp as nothing', () => exactly('NaN')],
    ['exp of many digits', () => exactly('9'.repeat(400))],
    ['deep brackets', () => '['.repeat(2900)],
    ['a byte order mark', () => `\ufeff${JSON.stringify(claims())}`],
    ['bytes that are no UTF-8', () => Buffer.from(JSON.stringify(claims({ a: '\xff' })), 'latin1')],
    ['UTF-16', () => Buffer.from(JSON.stringify(claims()), 'utf16le')],
    ['only claims of the prototype', () => JSON.stringify({ ['__proto__']: claims() })],
  ])('%s as payload: refused', async (_name, payload) => {
    await expectRefused(handToken(payload(), secret));
  });
});

describe('exp', () => {
  it('is valid until its second has passed', async () => {
    // The second must not change between signing and checking, so the test retries with a new one.
    for (let seen = false; !seen; ) {
      await sleep(1000 - (Date.now() % 1000));
      const exp = now();
      const status = (await ask(withToken(gallery.closed.url, handToken(claims({ exp }), secret))))
        .status;
      if (now() === exp) {
        expect(status).toBe(200);
        seen = true;
      }
      await sleep(Math.max(0, (exp + 1) * 1000 - Date.now()));
      await expectRefused(handToken(claims({ exp }), secret));
    }
  });
});

/** Valid claims with `exp` in this notation. */
function exactly(exp: string): string {
  return JSON.stringify(claims({ exp: 'EXP' })).replace('"EXP"', exp);
}

function pathOf(): string {
  return `${gallery.project}/${gallery.closed.key}`;
}
