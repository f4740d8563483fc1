import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { verifySecretKeyToken } from '@auraimage/protocol';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { AuraImage, type Visibility } from './index.js';

const SECRET_KEY = 'sk_live_never-to-be-shown';
const KEY = 'abc123xyz0-photo.jpg';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server | undefined;
afterEach(async () => {
  if (!server?.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** A CDN that answers each request the same way, and what it was asked. */
async function startCdn(answer: (response: ServerResponse) => void) {
  const received: Received[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    received.push({ method, url, headers, body });
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cdnUrl = `http://127.0.0.1:${port}`;
  return { received, cdnUrl, aura: auraFor(cdnUrl) };
}

function auraFor(cdnUrl: string | undefined): AuraImage {
  return new AuraImage({ secretKey: SECRET_KEY, projectName: 'my-app', cdnUrl });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

describe('setVisibility', () => {
  it.each<Visibility>(['private', 'public'])('requests %s from the CDN', async (visibility) => {
    const { aura, received } = await startCdn(json(200, { visibility }));
    const answer = await aura.setVisibility(KEY, visibility);
    expect(answer).toEqual({ visibility });
    expectTypeOf(answer).toEqualTypeOf<{ visibility: Visibility }>();
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'PATCH', url: `/v1/images/my-app/${KEY}` });
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ visibility });
  });

  it('sends a token for this image and this visibility, valid for at most five minutes', async () => {
    const { aura, received } = await startCdn(json(200, { visibility: 'private' }));
    await aura.setVisibility(KEY, 'private');
    const token = String(received[0]?.headers['x-aura-signature']);
    const now = Math.floor(Date.now() / 1000);
    const verdict = await verifySecretKeyToken(token, () => [SECRET_KEY], now);
    expect(verdict).toMatchObject({
      ok: true,
      claims: { act: 'visibility', projectName: 'my-app', f: KEY, visibility: 'private' },
    });
    expect(JSON.stringify(received)).not.toContain('never-to-be-shown');
  });

  it("passes on the server's status, code and message", async () => {
    const message = 'The token does not allow this change to this image';
    const { aura } = await startCdn(
      json(403, { message }, { 'X-Aura-Error': 'visibility_token_scope' }),
    );
    await expect(aura.setVisibility(KEY, 'private')).rejects.toMatchObject({
      name: 'AuraImageError',
      code: 'request_refused',
      message: `403: ${message}`,
      status: 403,
      serverCode: 'visibility_token_scope',
    });
  });

  it.each([
    ['a page of HTML', '<html>never shown</html>'],
    ['nothing', ''],
    ['JSON of another kind', '{"message":{"a":1}}'],
    ['JSON null', 'null'],
  ])("makes do with a proxy's answer: %s", async (_, body) => {
    const { aura } = await startCdn((response) => response.writeHead(500).end(body));
    await expect(aura.setVisibility(KEY, 'private')).rejects.toMatchObject({
      code: 'request_refused',
      message: '500: the server refused the request',
      status: 500,
      serverCode: undefined,
    });
  });

  it.each([
    ['a page of HTML', (response: ServerResponse) => response.end('<html></html>')],
    ['the other visibility', json(200, { visibility: 'public' })],
    ['no visibility', json(200, {})],
    ['JSON null', json(200, null)],
    [
      'a response that is cut off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{', () => response.destroy());
      },
    ],
  ])('believes no 200 with %s', async (_, answer) => {
    const { aura, cdnUrl } = await startCdn(answer);
    await expect(aura.setVisibility(KEY, 'private')).rejects.toMatchObject({
      name: 'AuraImageError',
      code: 'request_failed',
      message: expect.stringContaining(cdnUrl),
    });
  });

  it('names the server that does not answer', async () => {
    const { aura, cdnUrl } = await startCdn(() => undefined);
    server?.close();
    await once(server as Server, 'close');
    const failed = await aura.setVisibility(KEY, 'private').catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'request_failed',
      message: `${cdnUrl} did not answer: check cdnUrl and that the server is running`,
      cause: expect.any(Error),
    });
    expect(inspect(failed, { depth: 9 })).not.toContain('never-to-be-shown');
  });

  it('sends nothing if an argument is invalid', async () => {
    const { aura, received } = await startCdn(json(200, {}));
    const wrong = [
      [aura.setVisibility(KEY, 'Private' as Visibility), 'option_invalid', 'visibility'],
      [aura.setVisibility(KEY, undefined as unknown as Visibility), 'option_invalid', 'visibility'],
      [aura.setVisibility(`my-app/${KEY}`, 'public'), 'key_invalid', '"key"'],
      [auraFor(undefined).setVisibility(KEY, 'public'), 'setting_missing', 'cdnUrl is missing'],
    ] as const;
    for (const [call, code, words] of wrong) {
      await expect(call).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    }
    expect(received).toEqual([]);
  });
});
