import { describe, expect, it } from 'vitest';
import { addressesOf, createSideOf, misdirected } from './addresses.js';

const of = (publicUrl?: string, cdnUrl?: string, appUrl?: string) =>
  addressesOf({ publicUrl, cdnUrl, appUrl }, 8787);

describe('addressesOf', () => {
  it.each([
    [of(), 'http://localhost:8787', 'http://localhost:8787', false],
    [of('https://a.example'), 'https://a.example', 'https://a.example', false],
    [of('https://a.example/cdn'), 'https://a.example/cdn', 'https://a.example', false],
    [
      of(undefined, 'https://c.example', 'https://a.example'),
      'https://c.example',
      'https://a.example',
      true,
    ],
    [
      of('https://c.example', undefined, 'https://a.example'),
      'https://c.example',
      'https://a.example',
      true,
    ],
    [of('https://a.example', 'https://c.example'), 'https://c.example', 'https://a.example', true],
    [
      of(undefined, 'https://a.example/cdn', 'https://a.example'),
      'https://a.example/cdn',
      'https://a.example',
      false,
    ],
    [
      of(undefined, 'https://a.example', 'https://a.example:8443'),
      'https://a.example',
      'https://a.example:8443',
      true,
    ],
    // Nobody said where the other one is.
    [of(undefined, 'https://c.example'), 'https://c.example', 'http://localhost:8787', false],
  ])('%#', (addresses, cdnUrl, appUrl, split) => {
    expect(addresses).toEqual({ cdnUrl, appUrl, split });
  });
});

describe('misdirected', () => {
  const sideOf = createSideOf(of(undefined, 'https://c.example', 'http://a.example:81'));
  const ask = (host: string | undefined, path: string, method = 'GET') =>
    misdirected({ method, headers: host === undefined ? {} : { host } }, path, sideOf);

  it.each([
    ['c.example', '/my-app/abc123xyz0-a.jpg'],
    ['c.example:443', '/my-app/abc123xyz0-a.jpg'],
    ['C.Example', '/v1/upload'],
    ['c.example', '/v1/blurhash/my-app/abc123xyz0-a.jpg'],
    ['a.example:81', '/v1/projects/my-app/images'],
    ['a.example:81', '/v1/sign'],
    ['a.example:81', '/dashboard'],
    ['a.example:81', '/dashboard/setup'],
    ['a.example:81', '/docs/api'],
    ['a.example:81', '/'],
    ['10.0.0.1', '/health'],
    [undefined, '/ready'],
  ])('%s has %s', (host, path) => expect(ask(host, path)).toBeNull());

  it.each([
    ['c.example', '/'],
    ['c.example', '/dashboard'],
    ['c.example', '/dashboard/x'],
    ['c.example', '/docs/api'],
    ['c.example', '/v1/sign'],
    ['c.example', '/v1/upload/x'],
    ['c.example', '/v1/images/my-app/abc123xyz0-a.jpg'],
    ['a.example:81', '/v1/upload'],
    ['a.example:81', '/my-app/abc123xyz0-a.jpg'],
  ])('%s has not %s', (host, path) => expect(ask(host, path)).toBe('route_not_found'));

  it.each([undefined, '', 'a.example', 'a.example:80', 'c.example:80', 'c.example.', 'localhost'])(
    '%s is no host of ours',
    (host) => expect(ask(host, '/v1/upload')).toBe('host_unknown'),
  );

  it('lets visibility be changed on both', () => {
    for (const host of ['c.example', 'a.example:81']) {
      expect(ask(host, '/v1/images/my-app/abc123xyz0-a.jpg', 'PATCH')).toBeNull();
    }
    expect(ask('localhost', '/v1/images/my-app/abc123xyz0-a.jpg', 'PATCH')).toBe('host_unknown');
  });
});
