import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../harness/remove.js';

// The code of the guide to webhooks, copied out of it, receives what a server sends.

const GUIDE = new URL('../../docs/guides/webhooks.md', import.meta.url);
/** Inside the repository, where its packages are found. */
const FOLDER = fileURLToPath(
  new URL(`../../node_modules/.cache/guide-webhooks-${process.pid}`, import.meta.url),
);
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

/** The database of the app. */
const DATABASE = `
  const { ids, shown } = globalThis.guideWebhooks;
  export const remember = async (id) => !ids.has(id) && Boolean(ids.add(id));
  export const forget = async (id) => void ids.delete(id);
  export const showPicture = async (key, user) => {
    shown.push([key, user]);
    if (key === 'broken') throw new Error('no disk');
  };`;
const app = { ids: new Set<string>(), shown: [] as unknown[] };

/** Sends a request to the code of each framework; resolves with the status. */
const frameworks = new Map<string, (body: string, headers: object) => Promise<number>>();
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  Object.assign(globalThis, { guideWebhooks: app });
  process.env['AURA_WEBHOOK_SECRET'] = SECRET;
  const text = await readFile(GUIDE, 'utf8');
  const code = new Map(
    [...text.matchAll(/^```[jt]s\n\/\/ (\S+)\n(.*?)^```$/gms)].map(
      ([, path = '', block = '']) => [path, block] as const,
    ),
  );
  await mkdir(FOLDER, { recursive: true });
  const load = async (path: string) => {
    const outfile = join(FOLDER, path.replace(/\W+/g, '-').concat('.mjs'));
    await build({
      stdin: { contents: code.get(path) ?? '', loader: 'ts', resolveDir: FOLDER },
      bundle: true,
      format: 'esm',
      platform: 'node',
      external: ['hono', 'express', 'standardwebhooks'],
      outfile,
      logLevel: 'silent',
      plugins: [
        {
          name: 'guide',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /aura-events$|\/database$/ }, ({ path }) => ({
              path: path.replace(/^.*\//, ''),
              namespace: 'guide',
            }));
            onLoad({ filter: /.*/, namespace: 'guide' }, ({ path }) => ({
              contents: path === 'database' ? DATABASE : (code.get('lib/aura-events.ts') ?? ''),
              loader: 'ts',
            }));
          },
        },
      ],
    });
    return import(pathToFileURL(outfile).href);
  };
  const at = 'http://app.example/api/webhooks/aura';
  const post = (body: string, headers: object) =>
    new Request(at, { method: 'POST', body, headers: { ...headers } });
  const next = await load('app/api/webhooks/aura/route.ts');
  frameworks.set('Next.js', async (body, headers) => {
    const answer: Response = await next.POST(post(body, headers)).catch(Response.error);
    return answer.status;
  });
  const hono = (await load('server/hono.ts')).app.onError(() => Response.error());
  frameworks.set('Hono', async (body, headers) => (await hono.fetch(post(body, headers))).status);
  const { app: express } = await load('server/express.js');
  const server = createServer(express.set('env', 'test') as RequestListener);
  closing.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  frameworks.set('Express', async (body, headers) => {
    const request = post(body, headers);
    const url = `http://127.0.0.1:${port}/api/webhooks/aura`;
    return (await fetch(url, { method: 'POST', body, headers: request.headers })).status;
  });
});
afterAll(async () => {
  for (const close of closing) close();
  delete process.env['AURA_WEBHOOK_SECRET'];
  await removeFolder(FOLDER);
});

/** An event as the server sends it. */
function eventOf(id: string, key: string, secrets: readonly string[] = [SECRET], at = new Date()) {
  const body = JSON.stringify({
    type: 'image.uploaded',
    timestamp: at.toISOString(),
    data: { project: 'my-app', key, metadata: { user: '42' } },
  });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((one) => new Webhook(one).sign(id, at, body)).join(' '),
  };
  return [body, headers] as const;
}

describe.each(['Next.js', 'Hono', 'Express'])('the guide for webhooks with %s', (name) => {
  it('handles an event once, and refuses what the server did not sign', async () => {
    const send = frameworks.get(name) ?? (() => Promise.reject(new Error('no such block')));
    app.ids.clear();
    app.shown.length = 0;
    const event = eventOf('evt_1', 'größe');
    expect([await send(...event), await send(...event)]).toEqual([204, 204]);
    expect(app.shown).toEqual([['größe', '42']]);

    const other = `whsec_${Buffer.from('another secret of 32 characters!').toString('base64')}`;
    const [body, headers] = eventOf('evt_2', 'other');
    const refused = [
      await send(`${body} `, headers),
      await send(body, { ...headers, 'webhook-id': 'evt_3' }),
      await send(...eventOf('evt_2', 'other', [other])),
      await send(...eventOf('evt_2', 'other', [SECRET], new Date(Date.now() - 3_600_000))),
      await send(body, { 'content-type': 'application/json' }),
    ];
    expect(refused).toEqual([400, 400, 400, 400, 400]);
    expect(app.shown).toHaveLength(1);
    // While a rotated secret overlaps.
    expect(await send(...eventOf('evt_2', 'other', [other, SECRET]))).toBe(204);
  });

  it('gets an event again that it failed to handle', async () => {
    const send = frameworks.get(name) ?? (() => Promise.reject(new Error('no such block')));
    app.shown.length = 0;
    const event = eventOf(`evt_${name}`, 'broken');
    for (const attempt of [1, 2]) {
      expect(await send(...event)).not.toBe(204);
      expect(app.shown).toHaveLength(attempt);
    }
  });
});
