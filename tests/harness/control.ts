import type { TestServer } from './server.js';

/** A browser at the dashboard's origin: keeps cookies and says where its requests come from. */
export interface Browser {
  /** Sends JSON, where there is a body; gives back whatever the server answers. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** Sends, and reads the answer's JSON; throws unless the answer is a success. */
  json<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** What it would send as `Cookie`. */
  cookie(): string;
}

export interface Person extends Browser {
  readonly email: string;
  readonly password: string;
}

/** Opens a browser in which nobody is signed in. */
export function openBrowser({ appUrl }: Pick<TestServer, 'appUrl'>): Browser {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const send: Browser['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${appUrl}${path}`, {
      method,
      headers: {
        Origin: appUrl,
        'Sec-Fetch-Site': 'same-origin',
        ...(jar.size > 0 && { Cookie: cookie() }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0(?:;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return {
    send,
    cookie,
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await send(method, path, body);
      const text = await response.text();
      if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
      throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    },
  };
}

/** Makes the first account by the server's set-up link, or another one by the link of an invitation. */
export async function signUp(
  server: Pick<TestServer, 'appUrl' | 'setupUrl'>,
  email = 'owner@example.com',
  link = server.setupUrl,
): Promise<Person> {
  const browser = openBrowser(server);
  const password = `${crypto.randomUUID()}`;
  const token = new URL(link).searchParams.get('token');
  await browser.json('POST', '/v1/auth/invitations/accept', { token, email, password });
  return { ...browser, email, password };
}

/** Signs a command line in through the device flow, as somebody who is signed in at a browser. */
export async function deviceToken(
  server: Pick<TestServer, 'appUrl'>,
  session: Browser,
  name = 'a laptop',
): Promise<string> {
  const device = openBrowser(server);
  const asked = await device.json<{ device_code: string; user_code: string }>(
    'POST',
    '/v1/auth/device/code',
    { name },
  );
  await session.json('POST', '/v1/auth/device/approve', { userCode: asked.user_code });
  const { token } = await device.json<{ token: string }>('POST', '/v1/auth/device/token', {
    device_code: asked.device_code,
  });
  return token;
}
