import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { unsupported } from '../files/unsupported.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { filePart, form, uploadHead } from './support/upload-form.js';
import { exchange, openRaw } from './support/upload-raw.js';
import { filesUnder } from './support/upload-store.js';
import { nowSeconds, sign, uploadClaims } from './support/upload-tokens.js';

const METRICS_TOKEN = 'metrics-token-of-this-test';

interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly requestId?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly method?: string;
  readonly code?: string;
}

describe('the log and the metrics, at level trace', () => {
  let server: TestServer;
  let dataDir: string;
  let metrics: string;
  let lines: LogLine[];
  /** Texts that neither may contain. */
  const hidden = new Set<string>();
  const answers: { readonly id: string | null; readonly status: number }[] = [];

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    server = await startTestServer({
      isFirst: true,
      dataDir,
      env: {
        AURA_LOG_LEVEL: 'trace',
        AURA_METRICS_TOKEN: METRICS_TOKEN,
      },
      bounds: { maxConcurrentUploads: 1 },
    });
    await exerciseEverything();
    metrics = await (await ask('/metrics', bearer(METRICS_TOKEN))).text();
    await server.stop();
    lines = server
      .log()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine);
  });

  afterAll(async () => {
    await server.kill();
    await removeFolder(dataDir);
  });

  async function note(response: Response): Promise<Response> {
    await response.clone().arrayBuffer();
    answers.push({ id: response.headers.get('x-request-id'), status: response.status });
    return response;
  }

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    return note(await fetch(new URL(path, server.url), init));
  }

  /** Records a token and its halves as texts that must not be found. */
  function hide(token: string): string {
    for (const text of [token, ...token.split('.')]) hidden.add(text);
    return token;
  }

  async function exerciseEverything(): Promise<void> {
    const { url, aura, credentials } = server;
    const { projectName, secretKey, serveSecret } = credentials;
    for (const secret of [secretKey, serveSecret, METRICS_TOKEN]) hidden.add(secret);
    const jpeg = await pictures.jpeg();

    const token = hide(await aura.signUpload({ visibility: 'private' }));
    await note(await postUpload(url, token, jpeg));
    await note(await postUpload(url, token, unsupported.svg));
    await note(await postUpload(url, hide(`${token.slice(0, -4)}AAAA`), jpeg));
    await note(
      await postUpload(url, hide(sign(uploadClaims({ projectName: 'nobody' }), secretKey)), jpeg),
    );

    await overtake(token, jpeg);

    const { key } = await upload(server, jpeg, 'private');
    const image = `/${projectName}/${key}`;
    const signed = new URL(await aura.getSignedUrl(key));
    const serveToken = hide(signed.searchParams.get('token') ?? '');
    await ask(`${image}?token=${serveToken}`);
    await ask(`${image}?token=${serveToken}`, { method: 'HEAD' });
    await ask(`${image}?token=${serveToken}`, { headers: { Range: 'bytes=99999999-' } });
    await ask(`${image}?w=10&token=${serveToken}`);
    await ask(image, { headers: { Cookie: `aura-token=${serveToken}` } });
    await ask(`${image}?w=ten&token=${serveToken}`);
    await ask(`/v1/blurhash${image}?token=${serveToken}`);
    await ask(image);
    await ask(`${image}?token=${hide(`${serveToken.slice(0, -4)}AAAA`)}`);
    await ask(`${image}?token=${serveToken}&token=${serveToken}`);
    const other = { p: projectName, f: 'abc123xyz0-photo.jpg', exp: nowSeconds() + 99 };
    await ask(`${image}?token=${hide(sign(other, serveSecret))}`);

    // Places where people put a token by mistake.
    await ask(`${image}&token=${serveToken}`);
    await ask(`${image}/${serveToken}`);
    await ask(`${image}%3Ftoken=${serveToken}`);
    await ask(`/${projectName}/${serveToken}`);
    await ask(`/${serveToken}/${key}`);
    await ask(`/${serveToken}`);
    await ask(`/v1/blurhash/${projectName}/${serveToken}`);
    await ask(`/v1/images/${projectName}/${serveToken}`, { method: 'PATCH' });
    await ask(`/v1/projects/${secretKey}/images`, bearer(secretKey));
    await ask(`/v1/upload?signature=${token}`, { method: 'POST' });
    await ask('/v1/upload', { method: 'POST', headers: { 'X-Aura-Signature': secretKey } });
    await ask(`/metrics?token=${METRICS_TOKEN}`);

    const change = { projectName, act: 'visibility', f: key, visibility: 'public' };
    const times = { iat: nowSeconds(), exp: nowSeconds() + 100 };
    const flip = hide(sign({ ...change, ...times }, secretKey));
    for (const visibility of ['public', 'private']) {
      await ask(`/v1/images${image}`, {
        method: 'PATCH',
        headers: { 'X-Aura-Signature': flip },
        body: JSON.stringify({ visibility }),
      });
    }
    await ask(`/v1/projects/${projectName}/images?limit=1`, bearer(secretKey));
    await ask(`/v1/projects/${projectName}/images?limit=x`, bearer(secretKey));
    await ask(`/v1/projects/${projectName}/images`, bearer(`${secretKey}x`));
    await ask(`/v1/images${image}`, { method: 'DELETE', ...bearer(secretKey) });
    await exchange(url, [`GET ${image}?token=${serveToken} HTTP/9.9\r\n\r\n`]);
    await exchange(url, [`${serveToken.slice(0, 20)} / HTTP/1.1\r\n\r\n`]);

    // A server error: the object of an image is missing.
    const lost = await upload(server, jpeg, 'private');
    for (const path of await filesUnder(dataDir, 'store')) await rm(path);
    const address = new URL(await aura.getSignedUrl(lost.key));
    hide(address.searchParams.get('token') ?? '');
    await ask(`${address.pathname}${address.search}`);
  }

  /** A second upload while the only allowed one is in progress. */
  async function overtake(token: string, file: Buffer): Promise<void> {
    const body = form(filePart(file));
    const first = openRaw(server.url);
    first.send(uploadHead(token, { 'Content-Length': body.length, Expect: '100-continue' }));
    await first.invited;
    await note(await postUpload(server.url, token, file));
    first.send(body);
    expect((await first.answer).status).toBe(201);
    first.cut();
  }

  it('is a JSON object on each line', () => {
    expect(lines.length).toBeGreaterThan(answers.length);
    for (const line of lines)
      expect(line).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
  });

  it('has a line with id, status and duration for every response', () => {
    expect(answers.filter(({ id }) => id === null)).toEqual([]);
    const logged = new Map(lines.map((line) => [line.requestId, line]));
    for (const { id, status } of answers) {
      expect(logged.get(id ?? '')).toMatchObject({
        status,
        msg: 'request',
        durationMs: expect.any(Number),
      });
    }
    expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
  });

  it('has successes, refusals and a server error', () => {
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses]).toEqual(
      expect.arrayContaining([200, 201, 400, 401, 403, 404, 415, 416, 503]),
    );
    const fault = lines.find(({ code }) => code === 'storage_unavailable');
    expect(fault).toMatchObject({ level: 50, status: 503, err: expect.any(Object) });
  });

  it('logs no refusal as an error, whatever its status', () => {
    const refusals = lines.filter(
      ({ code }) => code !== undefined && code !== 'storage_unavailable',
    );
    expect(refusals).toContainEqual(
      expect.objectContaining({ status: 503, code: 'too_many_uploads' }),
    );
    for (const line of refusals) {
      expect(line.level).toBe(30);
      expect(line).not.toHaveProperty('err');
    }
  });

  it('holds no token, signature, secret or query', () => {
    expect(hidden.size).toBeGreaterThan(20);
    for (const text of hidden) {
      expect(server.log()).not.toContain(text);
      expect(metrics).not.toContain(text);
    }
    for (const text of [server.log(), metrics])
      expect(text).not.toMatch(/token=|limit=|signature=|sk_live_|[?]/);
  });

  it('counts requests in the metrics, without labels that clients choose', () => {
    expect(metrics).toMatch(/^aura_requests_total\{.*status="201".*\} \d+$/m);
    expect(metrics).not.toContain('nobody');
    expect(metrics).not.toMatch(/[a-z0-9]{10}-photo/);
  });

  it('prints nothing on standard output after the start', () => {
    expect(server.output().trimEnd()).toMatch(/AuraImage listens on \S+$/);
  });
});

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${token}` } };
}
