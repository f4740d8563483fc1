import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { requestJson } from './http.js';
import { type FakeServer, refusal, startFakeServer } from './testing/fake-server.js';

const never = new AbortController().signal;

let server: FakeServer;
afterEach(() => server.close());

function get(path: string, patienceMs = 5000, signal = never): Promise<unknown> {
  return requestJson(`${server.url}${path}`, 'AURA_API_URL', { patienceMs }, signal);
}

describe('requestJson', () => {
  it('comes back when the server asks for it, and not for ever', async () => {
    let answers = 0;
    server = await startFakeServer({
      'GET /busy': () => {
        answers++;
        const busy = { ...refusal(503, 'engine_busy'), headers: { 'Retry-After': '0' } };
        return answers < 3 ? busy : { body: { answers } };
      },
      'GET /full': () => ({
        ...refusal(429, 'rate_limited'),
        headers: { 'X-Aura-Error': 'rate_limited', 'Retry-After': '0' },
      }),
    });
    expect(await get('/busy')).toEqual({ answers: 3 });
    await expect(get('/full')).rejects.toMatchObject({
      status: 429,
      code: 'rate_limited',
      exit: 1,
    });
    expect(server.received.filter(({ path }) => path === '/full')).toHaveLength(8);
  });

  it('does not wait longer than the command has patience', async () => {
    server = await startFakeServer({
      'GET /full': () => ({
        ...refusal(429, 'rate_limited'),
        headers: { 'X-Aura-Error': 'rate_limited', 'Retry-After': '3600' },
      }),
    });
    await expect(get('/full')).rejects.toMatchObject({ status: 429 });
    expect(server.received).toHaveLength(1);
  });

  it('says which setting to look at when something else answers', async () => {
    server = await startFakeServer({
      'GET /page': () => ({ body: '<!doctype html>' }),
      'GET /error': () => ({ status: 502, body: '<h1>Bad gateway</h1>' }),
      'GET /other': () => ({ status: 404, body: { message: 'Of another product' } }),
      'GET /moved': () => ({ status: 301, headers: { Location: 'https://images.example/x' } }),
    });
    for (const path of ['/page', '/error', '/other']) {
      await expect(get(path)).rejects.toMatchObject({
        code: 'not_auraimage',
        fix: 'Check AURA_API_URL.',
      });
    }
    await expect(get('/moved')).rejects.toMatchObject({
      code: 'redirected',
      message: expect.stringContaining('leads to https://images.example'),
    });
  });

  it('ends with code 3 where the sign-in is not accepted', async () => {
    server = await startFakeServer({ 'GET /me': () => refusal(401, 'credential_invalid') });
    await expect(get('/me')).rejects.toMatchObject({
      exit: 3,
      fix: expect.stringContaining('aura login'),
    });
  });

  it('takes escape sequences out of what a server says', async () => {
    server = await startFakeServer({
      'GET /x': () => ({ ...refusal(400, 'field_invalid'), body: { message: 'a\u001b[2Jb' } }),
    });
    await expect(get('/x')).rejects.toMatchObject({ message: 'a\ufffd[2Jb' });
  });

  it('says that nobody answers', async () => {
    server = await startFakeServer({});
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = Object(other.address());
    other.close();
    const asked = requestJson(`http://127.0.0.1:${port}/`, 'AURA_API_URL', {}, never);
    await expect(asked).rejects.toMatchObject({
      code: 'unreachable',
      message: `http://127.0.0.1:${port} did not answer (ECONNREFUSED)`,
    });
  });

  it('stops waiting when it is interrupted', async () => {
    const interrupt = new AbortController();
    server = await startFakeServer({
      'GET /busy': () => {
        queueMicrotask(() => interrupt.abort());
        return { ...refusal(503, 'draining'), headers: { 'Retry-After': '60' } };
      },
    });
    await expect(get('/busy', 90_000, interrupt.signal)).rejects.toMatchObject({ exit: 130 });
  });
});
