import { describe, expect, it } from 'vitest';
import { createIsProxy, isProxyList } from './trusted-proxies.js';

describe('createIsProxy', () => {
  it.each([
    [[], '127.0.0.1', false],
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '::ffff:127.0.0.1', true],
    [['10.0.0.0/8'], '10.9.8.7', true],
    [['10.0.0.0/8'], '11.9.8.7', false],
    [['127.0.0.1'], undefined, false],
  ])('with proxies %j: %s is one: %s', (proxies, peer, is) => {
    expect(createIsProxy(proxies)(peer)).toBe(is);
  });
});

describe('isProxyList', () => {
  it.each([
    [['127.0.0.1'], true],
    [['10.0.0.0/8', '::1', 'fd00::/8', 'loopback', 'uniquelocal'], true],
    [[''], false],
    [['proxy.example'], false],
    [['10.0.0.0/33'], false],
    [['*'], false],
  ])('%j: %s', (texts, is) => expect(isProxyList(texts)).toBe(is));
});
