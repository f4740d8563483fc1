import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

const SIZES = ['-1', '0', '5 parsecs', '1.5.5mb', 'mb', '1e3', '99999999999gb'];
const NUMBERS = ['-1', '1.5', 'many', '0x10', '1e3', '99999999999999999999', ' ', '5s'];

/** Values that each variable must not take, and what its line has to say about what it may be. */
const WRONG: Readonly<Record<string, readonly [values: readonly string[], says: RegExp]>> = {
  PORT: [[...NUMBERS, '65536'], /whole number from 0 to 65535/],
  AURA_PUBLIC_URL: [
    [
      'cdn.example',
      'ftp://cdn.example',
      'https://',
      '//cdn',
      'https://cdn.example/?a=1',
      'https://cdn.example/#a',
      'javascript:alert(1)',
    ],
    /http/,
  ],
  AURA_MASTER_KEY: [['short', 'zz'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33)], /32 bytes/],
  AURA_LOG_LEVEL: [['loud', 'INFO', '30'], /trace, debug, info/],
  AURA_METRICS_TOKEN: [['short'], /16 characters/],
  AURA_MAX_UPLOAD_SIZE: [SIZES, /500kb|30mb/],
  AURA_CACHE: [SIZES.filter((text) => text !== '0'), /0 for none.*30mb/],
  AURA_MAX_PIXELS: [[...NUMBERS, '0'], /whole number.* from \d+ to \d+/],
  AURA_IMAGE_JOBS: [[...NUMBERS, '0', '65'], /whole number.* from \d+ to \d+/],
  AURA_UPLOADS_PER_MINUTE: [[...NUMBERS, '0'], /whole number.* from \d+ to \d+/],
  AURA_WEBHOOK_NETWORKS: [['10.0.0.0/33', '10.0.0', 'loopback', '::1,x'], /10\.20\.0\.0\/16/],
  AURA_OIDC_ISSUER: [['accounts.example', 'http://accounts.example'], /https/],
  AURA_OIDC_EMAILS: [['@example.com', 'example', 'a b.example'], /ada@mail\.example/],
  AURA_LEGACY_VISIBILITY_TOKENS: [['yes', '1', 'TRUE'], /true or false/],
};

const CASES = Object.entries(WRONG).flatMap(([name, [values, says]]) =>
  values.map((value) => [name, value, says] as const),
);

describe('a wrong value', () => {
  it.each(CASES)('%s: %s is refused, and the message says what is allowed', (name, value, says) => {
    const read = () => readConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name}: .*(?:${says.source})`, says.flags));
    expect(read).toThrow(/^.+$/); // one line
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ AURA_OIDC_EMAILS: 'example.com' }, /^AURA_OIDC_ISSUER: not set/],
    [{ AURA_OIDC_CLIENT_ID: 'a', AURA_OIDC_CLIENT_SECRET: 'b' }, /^AURA_OIDC_ISSUER: not set/],
    [
      { AURA_OIDC_ISSUER: 'https://a.example', AURA_OIDC_CLIENT_ID: 'a' },
      /^AURA_OIDC_CLIENT_SECRET: not set/,
    ],
  ])('%j misses something, which one line says', (environment, says) => {
    expect(() => readConfig(environment)).toThrow(says);
    expect(() => readConfig(environment)).toThrow(/^.+$/);
  });
});
