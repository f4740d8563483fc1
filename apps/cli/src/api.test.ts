import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createApi } from './api.js';
import {
  type FakeAnswer,
  type FakeServer,
  refusal,
  startFakeServer,
} from './testing/fake-server.js';

let server: FakeServer;
afterEach(() => server.close());

/** Requests the projects of a server that sends this response. */
async function projects(
  answer: () => FakeAnswer,
  { patienceMs = 5000, signal = new AbortController().signal } = {},
): Promise<unknown> {
  server = await startFakeServer({ 'GET /v1/projects': answer });
  const api = createApi({ baseUrl: server.url, setting: 'AURA_API_URL', signal });
  return api((client) => client.GET('/v1/projects'), { patienceMs });
}

const busy = (status: number, code: string, seconds: string): FakeAnswer => ({
  ...refusal(status, code),
  headers: { 'X-Aura-Error': code, 'Retry-After': seconds },
});

describe('a request of aura', () => {
  it('is repeated after Retry-After', async () => {
    let answers = 0;
    const found = await projects(() => {
      answers++;
      return answers < 3 ? busy(503, 'engine_busy', '0') : { body: { projects: [] } };
    });
    expect(found).toEqual({ projects: [] });
    expect(answers).toBe(3);
  });

  it('is not repeated forever', async () => {
    await expect(projects(() => busy(429, 'rate_limited', '0'))).rejects.toMatchObject({
      status: 429,
      code: 'rate_limited',
      exit: 1,
    });
    expect(server.received).toHaveLength(8);
  });

  it('does not wait longer than the limit of the command', async () => {
    const asked = projects(() => busy(429, 'rate_limited', '60'));
    await expect(asked).rejects.toMatchObject({ status: 429 });
    expect(server.received).toHaveLength(1);
  });

  it.each<[string, FakeAnswer]>([
    ['a page', { headers: { 'Content-Type': 'text/html' }, body: '<!doctype html>' }],
    ['an error page', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['an error of another product', { status: 404, body: { message: 'Of another product' } }],
  ])('names the setting to check when %s responds', async (_what, answer) => {
    await expect(projects(() => answer)).rejects.toMatchObject({
      code: 'unexpected_response',
      message: expect.stringContaining('not as AuraImage does'),
      fix: 'Check AURA_API_URL.',
    });
  });

  it('reports a redirect with its target, and does not follow it', async () => {
    const moved = { status: 301, headers: { Location: 'https://images.example/x' } };
    await expect(projects(() => moved)).rejects.toMatchObject({
      code: 'redirected',
      message: expect.stringContaining('redirects to https://images.example'),
      fix: expect.stringContaining('AURA_API_URL'),
    });
  });

  it('ends with code 3 if the sign-in is not accepted', async () => {
    await expect(projects(() => refusal(401, 'credential_invalid'))).rejects.toMatchObject({
      exit: 3,
      fix: expect.stringContaining('aura login'),
    });
  });

  it('removes escape sequences from messages of a server', async () => {
    const answer = { ...refusal(400, 'field_invalid'), body: { message: 'a\u001b[2Jb' } };
    await expect(projects(() => answer)).rejects.toMatchObject({ message: 'a\ufffd[2Jb' });
  });

  it('reports that there is no response', async () => {
    server = await startFakeServer({});
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = Object(other.address());
    await new Promise((resolve) => other.close(resolve));
    const { signal } = new AbortController();
    const baseUrl = `http://127.0.0.1:${port}`;
    const api = createApi({ baseUrl, setting: 'AURA_API_URL', signal });
    await expect(api((client) => client.GET('/v1/projects'))).rejects.toMatchObject({
      code: 'unreachable',
      message: `http://127.0.0.1:${port} did not answer (ECONNREFUSED)`,
    });
  });

  it('stops waiting when it is interrupted', async () => {
    const interrupt = new AbortController();
    const asked = projects(
      () => {
        queueMicrotask(() => interrupt.abort());
        return busy(503, 'draining', '60');
      },
      { patienceMs: 90_000, signal: interrupt.signal },
    );
    await expect(asked).rejects.toMatchObject({ exit: 130 });
  });
});
