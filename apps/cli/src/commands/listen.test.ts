import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';
import { forward } from '../webhooks/forward.js';

const env = { AURA_TOKEN: 'aura_cli_kim', AURA_PROJECT: 'my-app' };
const eventOf = (id: string, type: string, data: object) => ({
  id,
  headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-signature': 'v1,x=' },
  body: JSON.stringify({ type, timestamp: '2026-11-30T10:00:00.000Z', data }),
});
const UPLOADED = eventOf('msg_1', 'image.uploaded', { key: 'users/42/größe' });
const DELETED = eventOf('msg_2', 'image.deleted', { key: 'users/42/größe' });

let server: FakeServer;
let app: FakeServer;
let sandbox: Sandbox;
/** What the server responds to each request for events; Ctrl-C is pressed when nothing is left. */
let polls: (() => object)[];
let answers: number[];
let stop: AbortController;
let listeners: number;

beforeEach(async () => {
  stop = new AbortController();
  listeners = 0;
  answers = [];
  const nextPoll = () => {
    const poll = polls.shift();
    if (poll !== undefined) return poll();
    stop.abort();
    return { body: { events: [] } };
  };
  server = await startFakeServer({
    'POST /v1/projects/my-app/listeners': () => {
      listeners++;
      const body = { id: `ls_${listeners}`, secret: `whsec_${listeners}`, expiresAt: '' };
      return { status: 201, body };
    },
    'GET /v1/projects/my-app/listeners/ls_1/events': nextPoll,
    'GET /v1/projects/my-app/listeners/ls_2/events': nextPoll,
    'POST /v1/projects/my-app/listeners/ls_1/ack': () => ({ status: 204 }),
    'POST /v1/projects/my-app/listeners/ls_2/ack': () => ({ status: 204 }),
  });
  app = await startFakeServer({ 'POST /hook': () => ({ status: answers.shift() ?? 204 }) });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await app.close();
  await sandbox.remove();
});

const listen = (...argv: string[]) =>
  sandbox.run(['listen', '--forward-to', `${app.url}/hook`, ...argv], { env, signal: stop.signal });
const acknowledged = () =>
  server.received.filter(({ path }) => path.endsWith('/ack')).map(({ body }) => body);

describe('aura listen', () => {
  it('forwards events as they were signed, acknowledges them, and ends with Ctrl-C', async () => {
    polls = [() => ({ body: { events: [UPLOADED, DELETED] } }), () => ({ body: { events: [] } })];
    const { exit, out, err } = await listen();
    expect(exit).toBe(0);
    expect(out.split('\n').map((line) => line.replace(/\d+ ms/, '7 ms'))).toEqual([
      'image.uploaded       users/42/größe  204  7 ms',
      'image.deleted        users/42/größe  204  7 ms',
      '',
    ]);
    expect(err).toContain('AURA_WEBHOOK_SECRET=whsec_1');
    expect(err).toContain(`Events of my-app go to ${app.url}/hook until you press Ctrl-C`);
    expect(err).toMatch(/Stopped\n$/);
    expect(app.received.map(({ body }) => Buffer.from(body, 'latin1').toString())).toEqual([
      UPLOADED.body,
      DELETED.body,
    ]);
    expect(app.received[0]?.headers).toMatchObject(UPLOADED.headers);
    expect(acknowledged()).toEqual(['{"events":["msg_1"]}', '{"events":["msg_2"]}']);
    expect(server.received.some(({ path }) => path.endsWith('/events?wait=20'))).toBe(true);
  });

  it('forwards only the events that are asked for, and writes the secret into a file', async () => {
    polls = [() => ({ body: { events: [UPLOADED, DELETED] } })];
    const { out, err } = await listen('--events', 'image.deleted', '--write', '.env', '--json');
    expect(err).toContain('Wrote AURA_WEBHOOK_SECRET to .env\n');
    expect(JSON.parse(out)).toEqual({
      type: 'image.deleted',
      key: 'users/42/größe',
      status: 204,
      milliseconds: expect.any(Number),
      retryMs: null,
    });
    expect(acknowledged()).toHaveLength(2);
    expect(err).not.toContain('whsec_');
    expect(await readFile(join(sandbox.cwd, '.env'), 'utf8')).toBe('AURA_WEBHOOK_SECRET=whsec_1\n');
  });

  it('waits for a server that restarts, and listens anew where it has forgotten the listener', async () => {
    polls = [
      () => ({ status: 502, body: '<html>', headers: { 'Content-Type': 'text/html' } }),
      () => refusal(404, 'listener_not_found'),
      () => ({ body: { events: [UPLOADED] } }),
    ];
    const { exit, out, err } = await listen();
    expect(exit).toBe(0);
    expect(out).toContain('image.uploaded');
    expect(err).toContain('Trying again until it does');
    expect(err).toContain('The server answers again');
    expect(err).toContain('AURA_WEBHOOK_SECRET=whsec_2');
    expect(listeners).toBe(2);
  });

  it('says what is wrong', async () => {
    polls = [() => refusal(403, 'forbidden')];
    const lost = await listen();
    expect([lost.exit, lost.err]).toEqual([1, expect.stringContaining('(forbidden)')]);
    const typo = await listen('--events', 'image.upload');
    expect([typo.exit, typo.err]).toEqual([2, expect.stringContaining('image.uploaded')]);
    const url = await sandbox.run(['listen', '--forward-to', 'localhost:3000'], { env });
    expect([url.exit, url.err]).toEqual([2, expect.stringContaining('http://localhost:3000/hook')]);
    const key = { env: { ...env, AURA_TOKEN: 'sk_live_x' } };
    const refused = await sandbox.run(['listen', '--forward-to', app.url], key);
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('secret key cannot')]);
  });
});

describe('forward', () => {
  const attemptsTo = async (url: string, signal = new AbortController().signal) => {
    const seen: object[] = [];
    await forward(url, UPLOADED, (attempt) => seen.push(attempt), signal, [1, 2]);
    return seen;
  };

  it('sends an event again until a 2xx, three times at most, and follows no redirect', async () => {
    answers = [500, 302, 200];
    expect(await attemptsTo(`${app.url}/hook`)).toMatchObject([
      { status: 500, retryMs: 1 },
      { status: 302, retryMs: 2 },
      { status: 200, retryMs: null },
    ]);
    expect(await attemptsTo(`${app.url}/missing`)).toMatchObject([
      { status: 404 },
      { status: 404 },
      { status: 404, retryMs: null },
    ]);
  });

  it('names an app that does not run', async () => {
    await app.close();
    expect(await attemptsTo(app.url)).toMatchObject([
      { status: null, problem: 'ECONNREFUSED' },
      { status: null },
      { status: null, retryMs: null },
    ]);
  });
});
