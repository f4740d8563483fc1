import { type ApiClient, createApiClient, unwrap } from '@auraimage/client';
import { totp } from './totp.js';

/** A browser at the dashboard's origin: stores cookies and sends `Origin`. */
export interface Browser {
  /** Sends JSON, if there is a body; returns any response. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** Sends, and parses the JSON; throws unless it succeeds. */
  json<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** The API as the dashboard calls it, to prepare a test; what is judged goes through {@link send}. */
  readonly api: ApiClient;
  /** Comes from another site to a page, and follows no redirect. */
  visit(path: string): Promise<Response>;
  /** Stores a cookie, as another page of the domain can. */
  plant(name: string, value: string): void;
  /** What it would send as `Cookie`. */
  cookie(): string;
  /** Names and values of its cookies. */
  cookies(): readonly (readonly [name: string, value: string])[];
}

export interface Person extends Browser {
  readonly email: string;
  readonly password: string;
}

/** Opens a browser without a session. */
export function openBrowser({ appUrl }: { readonly appUrl: string }): Browser {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const fetchAsBrowser = async (request: Request, init?: RequestInit): Promise<Response> => {
    const { headers } = request;
    if (!headers.has('Origin')) headers.set('Origin', appUrl);
    if (!headers.has('Sec-Fetch-Site')) headers.set('Sec-Fetch-Site', 'same-origin');
    if (!headers.has('Cookie') && jar.size > 0) headers.set('Cookie', cookie());
    const response = await fetch(request, init);
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0(?:;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  const send: Browser['send'] = (method, path, body, headers = {}) =>
    fetchAsBrowser(
      new Request(`${appUrl}${path}`, {
        method,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  return {
    send,
    api: createApiClient({ baseUrl: appUrl, fetch: fetchAsBrowser }),
    visit: (path) =>
      fetchAsBrowser(
        new Request(`${appUrl}${path}`, {
          redirect: 'manual',
          headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
        }),
      ),
    plant: (name, value) => void jar.set(name, value),
    cookie,
    cookies: () => [...jar],
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await send(method, path, body);
      const text = await response.text();
      if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
      throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    },
  };
}

/** Creates the first account with the server's set-up link, or another one with an invitation link. */
export async function signUp(
  server: { readonly appUrl: string; readonly setupUrl?: string },
  email = 'owner@example.com',
  link = server.setupUrl ?? '',
  password = `${crypto.randomUUID()}`,
): Promise<Person> {
  const browser = openBrowser(server);
  const token = new URL(link).searchParams.get('token') ?? '';
  const body = { token, email, password };
  await unwrap(browser.api.POST('/v1/auth/invitations/accept', { body }));
  return { ...browser, email, password };
}

/**
 * Turns the second factor of a person on.
 *
 * @returns the secret of the authenticator app, its code that was used for this, and the backup codes
 */
export async function turnOnSecondFactor({ api, password }: Person) {
  const { secret } = await unwrap(api.POST('/v1/auth/me/second-factor', { body: { password } }));
  const code = totp(secret);
  const body = { code };
  const { backupCodes } = await unwrap(api.POST('/v1/auth/me/second-factor/enable', { body }));
  return { secret, code, backupCodes };
}

/** Signs a CLI in with the device flow, approved by a browser's session. */
export async function deviceToken(
  server: { readonly appUrl: string },
  session: Browser,
  name = 'a laptop',
): Promise<string> {
  const { api } = openBrowser(server);
  const codes = await unwrap(api.POST('/v1/auth/device/code', { body: { name } }));
  return approvedToken(server, session, codes);
}

/** Approves a device that has requested its codes, and fetches its token. */
export async function approvedToken(
  server: { readonly appUrl: string },
  session: Browser,
  { device_code, user_code }: { readonly device_code: string; readonly user_code: string },
): Promise<string> {
  const { api } = openBrowser(server);
  await unwrap(session.api.POST('/v1/auth/device/approve', { body: { userCode: user_code } }));
  const { token } = await unwrap(api.POST('/v1/auth/device/token', { body: { device_code } }));
  return token;
}
