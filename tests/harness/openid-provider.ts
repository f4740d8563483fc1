import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const CLIENT = { id: 'aura', secret: 'a secret of the client' };

export interface TestProvider {
  readonly issuer: string;
  /** Knows the client from now on. */
  serve(redirectUri: string): void;
  /**
   * Does what a person's browser does at the provider: follows the address, signs in there, and agrees.
   *
   * @param login email of the person; one that begins with `unverified` was never verified. `b|ada@example.com` is
   *   another account with the email `ada@example.com`.
   * @returns the address to which the provider sends the browser back
   */
  walk(url: string, login: string): Promise<string>;
  /** Follows the address, and cancels there. */
  decline(url: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts a real OpenID provider on a free port of this machine. */
export async function startTestProvider(): Promise<TestProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    serve(redirectUri) {
      const provider = new Provider(issuer, {
        clients: [
          { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] },
        ],
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        findAccount: (_, accountId) => ({
          accountId,
          claims: async () => ({
            sub: accountId,
            email: accountId.slice(accountId.indexOf('|') + 1),
            email_verified: !accountId.startsWith('unverified'),
            name: 'Somebody',
          }),
        }),
        pkce: { required: () => true },
        // Otherwise it complains about each of them.
        ttl: {
          AccessToken: 600,
          AuthorizationCode: 60,
          Grant: 600,
          IdToken: 600,
          Interaction: 600,
          Session: 600,
        },
        cookies: { keys: ['a key of this test'] },
      });
      server.on('request', provider.callback());
    },
    walk: (url, login) => {
      const first = `prompt=login&login=${encodeURIComponent(login)}&password=x`;
      return walk(issuer, url, [first, 'prompt=consent']);
    },
    decline: (url) => walk(issuer, url, ['cancel']),
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** @param forms what to send with the provider's own forms, or `cancel` */
async function walk(issuer: string, start: string, forms: string[]): Promise<string> {
  const jar = new Map<string, string>();
  let request: { url: string; form?: string } = { url: start };
  for (let step = 0; step < 12; step++) {
    const { url, form } = request;
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie, ...(form !== undefined && type) },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) {
      const next = forms.shift();
      if (next === undefined || !response.ok) throw new Error(`${url}: ${await response.text()}`);
      request = next === 'cancel' ? { url: `${url}/abort` } : { url, form: next };
      continue;
    }
    const target = new URL(location, url);
    if (target.origin !== issuer) return target.href;
    request = { url: target.href };
  }
  throw new Error('the provider does not come to an end');
}
