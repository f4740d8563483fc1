import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  CLIENT,
  startTestProvider,
  type TestProvider,
} from '../../../tests/harness/openid-provider.js';
import { createOpenIdProvider } from './provider.js';

const redirectUri = 'http://localhost:8787/callback';
const secret = randomBytes(32);

const providerOf = (issuer: string) =>
  createOpenIdProvider({
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    redirectUri,
    emails: ['example.com', 'ada@mail.example'],
    secret,
  });

describe('a real provider', () => {
  let real: TestProvider;
  beforeAll(async () => {
    real = await startTestProvider();
    real.serve(redirectUri);
  });
  afterAll(() => real.close());

  it('tells who has signed in, on any server, and once', async () => {
    const { url, flow } = await providerOf(real.issuer).begin('an-invitation');
    const { origin, searchParams } = new URL(url);
    expect(origin).toBe(real.issuer);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('redirect_uri')).toBe(redirectUri);
    const [random] = flow.split('.');
    for (const value of searchParams.values()) expect(value).not.toContain(random);
    const { search } = new URL(await real.walk(url, 'ada@example.com'));
    expect(await providerOf(real.issuer).finish(flow, search)).toEqual({
      status: 'signed_in',
      note: 'an-invitation',
      profile: {
        account: { issuer: `${real.issuer}/`, subject: 'ada@example.com' },
        email: 'ada@example.com',
        emailVerified: true,
        name: 'Somebody',
      },
    });
    expect(await providerOf(real.issuer).finish(flow, search)).toEqual({ status: 'expired' });
  });

  it('says that an email is not verified', async () => {
    const provider = providerOf(real.issuer);
    const { url, flow } = await provider.begin('');
    const { search } = new URL(await real.walk(url, 'unverified@example.com'));
    const outcome = await provider.finish(flow, search);
    expect(outcome).toMatchObject({ profile: { emailVerified: false } });
  });

  it('is not asked about a sign-in that this browser did not begin', async () => {
    const provider = providerOf(real.issuer);
    const { url, flow } = await provider.begin('');
    const other = await provider.begin('');
    const { search } = new URL(await real.walk(url, 'ada@example.com'));
    const expired = { status: 'expired' };
    const late = flow.replace(/\.\d+\./, '.1.');
    const noted = `${flow}an-invitation`;
    for (const wrong of ['', 'x', other.flow, late, noted, flow.slice(1)]) {
      expect(await provider.finish(wrong, search), wrong).toEqual(expired);
    }
    expect(await provider.finish(flow, search.replace(/state=[^&]+/, 'state=x'))).toEqual(expired);
    expect(await provider.finish(flow, '')).toEqual(expired);
    // With the code of somebody else's sign-in, the proof key (PKCE) does not match.
    const state = new URL(other.url).searchParams.get('state') ?? '';
    const injected = search.replace(/state=[^&]+/, `state=${state}`);
    expect(await provider.finish(other.flow, injected)).toEqual(expired);
    expect(await provider.finish(other.flow, injected.replace('code=', 'code=x'))).toEqual(expired);
  });

  it('refuses with a code of its own, which is shown if it is one', async () => {
    const provider = providerOf(real.issuer);
    const { url, flow } = await provider.begin('a-note');
    const { search } = new URL(await real.decline(url));
    expect(await provider.finish(flow, search)).toEqual({
      status: 'refused',
      reason: 'access_denied',
      note: 'a-note',
    });
    const state = new URL(url).searchParams.get('state') ?? '';
    const refused = (error: string) =>
      provider.finish(flow, `?${new URLSearchParams({ error, state, iss: real.issuer })}`);
    const markup = await refused('<script>alert(1)</script>');
    expect(markup).toMatchObject({ status: 'refused', reason: 'unknown_error' });
  });

  it('admits the emails that the operator names', () => {
    const { admits } = providerOf(real.issuer);
    expect(admits('ada@mail.example')).toBe(true);
    expect(admits('anybody@example.com')).toBe(true);
    for (const email of ['eve@mail.example', 'eve@sub.example.com', 'eve@evilexample.com', 'x']) {
      expect(admits(email), email).toBe(false);
    }
  });
});

describe('a hostile provider, or one that is not what it claims', () => {
  let issuer: string;
  let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
  let foreign: CryptoKey;
  /** Replaces the response to a path. */
  const replies = new Map<string, (response: ServerResponse) => unknown>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', issuer).pathname;
    const reply = replies.get(path);
    if (reply === undefined) response.writeHead(404).end();
    else reply(response);
  });
  const json = (value: unknown) => (response: ServerResponse) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  const DOCUMENT = '/.well-known/openid-configuration';

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    keys = await generateKeyPair('RS256', { extractable: true });
    foreign = (await generateKeyPair('RS256')).privateKey;
  });
  afterAll(() => void server.close());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const document = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'none'],
  });

  interface Attack {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly sign?: (jwt: SignJWT, claims: Record<string, unknown>) => Promise<string> | string;
  }

  /** The outcome of a sign-in whose ID token is the provider's, but for some changes. */
  async function outcomeOf({ claims = {}, sign }: Attack) {
    replies.set(DOCUMENT, json(document()));
    replies.set('/keys', json({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256' }] }));
    const provider = providerOf(issuer);
    const { url, flow } = await provider.begin('');
    const { searchParams } = new URL(url);
    const now = Math.floor(Date.now() / 1000);
    const own = {
      iss: issuer,
      aud: CLIENT.id,
      sub: 'ada',
      iat: now,
      exp: now + 60,
      nonce: searchParams.get('nonce'),
      email: 'ada@example.com',
      email_verified: true,
      ...claims,
    };
    const jwt = new SignJWT(own).setProtectedHeader({ alg: 'RS256' });
    const idToken = await (sign?.(jwt, own) ?? jwt.sign(keys.privateKey));
    replies.set('/token', json({ access_token: 'x', token_type: 'bearer', id_token: idToken }));
    const query = new URLSearchParams({ code: 'code', state: searchParams.get('state') ?? '' });
    return provider.finish(flow, `?${query}`);
  }

  it('is believed with a right ID token', async () => {
    expect(await outcomeOf({})).toMatchObject({ status: 'signed_in' });
    const texts = await outcomeOf({ claims: { email_verified: 'true' } });
    expect(texts).toMatchObject({ profile: { emailVerified: true } });
  });

  it.each<[string, Attack]>([
    ['without a signature', { sign: (_, claims) => new UnsecuredJWT(claims).encode() }],
    ['signed with a key that is not the issuer’s', { sign: (jwt) => jwt.sign(foreign) }],
    [
      'signed with the client secret',
      {
        sign: (_, claims) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .sign(new TextEncoder().encode(CLIENT.secret)),
      },
    ],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['of another sign-in', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { exp: 1 } }],
    ['without a subject', { claims: { sub: undefined } }],
  ])('is not believed with an ID token %s', async (_, attack) => {
    await expect(outcomeOf(attack)).rejects.toThrow('sign-in provider');
  });

  it.each<[string, unknown]>([
    ['another text', 1],
    ['no text', { yes: true }],
    ['false', false],
    ['missing', undefined],
  ])('has not verified an email if its claim is %s', async (_, email_verified) => {
    const outcome = await outcomeOf({ claims: { email_verified } });
    expect(outcome).toMatchObject({ profile: { emailVerified: false } });
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    [
      'is another issuer’s',
      (response) => json({ ...document(), issuer: 'https://a.example' })(response),
    ],
    ['is too large', (response) => json({ ...document(), more: 'x'.repeat(300_000) })(response)],
    ['redirects', (response) => response.writeHead(302, { Location: `${issuer}/keys` }).end()],
    ['is no JSON', (response) => response.end('<html>')],
    ['fails', (response) => response.writeHead(500).end()],
  ])('is not asked if its discovery document %s, and is asked again later', async (_, reply) => {
    const provider = providerOf(issuer);
    replies.set(DOCUMENT, reply);
    await expect(provider.begin('')).rejects.toThrow('sign-in provider');
    replies.set(DOCUMENT, json(document()));
    expect(await provider.begin('')).toHaveProperty('url');
  });

  it('keeps nobody waiting for a request to it that never ends', async () => {
    replies.set(DOCUMENT, json(document()));
    await import('openid-client'); // at the first sign-in, which this is if the test runs alone
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const never = vi.fn(() => new Promise<Response>(() => {}));
    vi.stubGlobal('fetch', never);
    const provider = providerOf(issuer);
    const refused = ['', ''].map((note) =>
      expect(provider.begin(note)).rejects.toThrow('sign-in provider'),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    vi.unstubAllGlobals();
    await Promise.all(refused);
    expect(never).toHaveBeenCalledTimes(1);
    expect(await provider.begin('')).toHaveProperty('url');
  });
});
