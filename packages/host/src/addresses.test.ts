import { describe, expect, it } from 'vitest';
import { addressesOf, createHostOf } from './addresses.js';

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

describe('createHostOf', () => {
  const hostOf = createHostOf(of(undefined, 'https://c.example', 'http://a.example:81'));

  it.each([
    ['c.example', 'cdn'],
    ['c.example:443', 'cdn'],
    ['C.Example', 'cdn'],
    ['a.example:81', 'app'],
    ['', 'unknown'],
    ['10.0.0.1', 'unknown'],
    ['a.example', 'unknown'],
    ['a.example:80', 'unknown'],
    ['c.example:80', 'unknown'],
    ['c.example.', 'unknown'],
    ['localhost', 'unknown'],
  ])('finds that %j is %s', (host, name) => expect(hostOf(host)).toBe(name));
});
