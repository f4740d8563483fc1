import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createClientOf, createIsFromProxy, isProxyList } from './trusted-proxies.js';

/** A Node request from a peer. */
function from(peer: string | undefined, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const incoming = new IncomingMessage(socket);
  if (forwarded !== undefined) incoming.headers['x-forwarded-for'] = forwarded;
  return incoming;
}

describe('createClientOf', () => {
  it.each([
    [[], '198.51.100.1', '203.0.113.7', '198.51.100.1'],
    [['127.0.0.1'], '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [['127.0.0.1'], '127.0.0.1', undefined, '127.0.0.1'],
    // Who is no proxy is believed nothing.
    [['127.0.0.1'], '198.51.100.1', '203.0.113.7', '198.51.100.1'],
    // What the client sent itself stands before what the proxy saw.
    [['127.0.0.1'], '127.0.0.1', '127.0.0.1, 192.0.2.9, 203.0.113.7', '203.0.113.7'],
    [['127.0.0.1', '10.0.0.0/8'], '127.0.0.1', '192.0.2.9, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    [['loopback'], '::1', '2001:db8::7', '2001:db8::7'],
    // No address: the proxy stands for its client.
    [['127.0.0.1'], '127.0.0.1', '203.0.113.7:4711', '127.0.0.1'],
    [['127.0.0.1'], '127.0.0.1', 'a\u0000b', '127.0.0.1'],
    [['127.0.0.1'], '127.0.0.1', '', '127.0.0.1'],
    [['127.0.0.1'], undefined, '203.0.113.7', 'unknown'],
    [[], undefined, undefined, 'unknown'],
  ])('with proxies %j: %s, forwarded for %j, is %s', (proxies, peer, forwarded, client) => {
    expect(createClientOf(proxies)(from(peer, forwarded))).toBe(client);
  });
});

describe('createIsFromProxy', () => {
  it.each([
    [[], '127.0.0.1', false],
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '::ffff:127.0.0.1', true],
    [['10.0.0.0/8'], '10.9.8.7', true],
    [['10.0.0.0/8'], '11.9.8.7', false],
    [['127.0.0.1'], undefined, false],
  ])('with proxies %j: %s is one: %s', (proxies, peer, is) => {
    expect(createIsFromProxy(proxies)(from(peer, '127.0.0.1'))).toBe(is);
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
