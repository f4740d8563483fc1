import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { json } from '../acceptance/support/serve-request.js';
import { drawing } from '../files/pictures.js';
import type { Daemon } from '../harness/daemon.js';
import { freePort } from '../harness/ports.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import type { Uploaded } from '../harness/upload.js';
import { askHost, targetOf, uploadRequest } from './support/named.js';
import { DEPLOY, HOST, readShipped, startShippedNginx } from './support/shipped.js';

describe('the cache of nginx', () => {
  const CACHED = 'aura-cached.conf';
  let server: TestServer;
  let proxy: Daemon;
  let target: string;

  beforeAll(async () => {
    const port = await freePort();
    server = await startTestServer({
      env: { AURA_PUBLIC_URL: `https://${HOST}`, PORT: String(port) },
    });
    proxy = await startShippedNginx(CACHED, [port, port]);
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.kill();
  });
  beforeEach(async () => {
    const file = await drawing(64, 48).jpeg().toBuffer();
    const ask = await uploadRequest(await server.aura.signUpload({ visibility: 'public' }), file);
    target = targetOf((json(await askHost(proxy, '/v1/upload', ask)) as Uploaded).url);
  });

  const stored = async () => {
    const entries = await readdir(join(proxy.folder, 'aura'), {
      recursive: true,
      withFileTypes: true,
    });
    return entries.filter((entry) => entry.isFile()).length;
  };
  const read = async (query: string, headers: Record<string, string> = {}) => {
    const { status, headers: sent } = await askHost(proxy, `${target}${query}`, { headers });
    return { status, id: sent['x-request-id'], type: sent['content-type'], cache: sent['x-cache'] };
  };

  it('has one copy of a variant, however its URL and Accept are spelled', async () => {
    const before = await stored();
    const first = await read('?w=20&h=10&fit=contain', { accept: 'image/avif,image/webp,*/*' });
    expect([first.status, first.type]).toEqual([200, 'image/avif']);
    for (const [query, accept] of [
      ['?h=10&w=20&fit=contain', 'image/webp, image/avif, text/html'],
      ['?fit=contain&h=10&w=20', 'image/avif,image/webp,x/a'],
      ['?w=20&h=10&fit=contain&', 'image/avif,image/webp,x/b;q=0.1'],
    ] as const) {
      expect(await read(query, { accept }), query).toMatchObject({ id: first.id, cache: 'HIT' });
    }
    expect(await stored()).toBe(before + 1);
  });

  it('has a copy of what the path names', async () => {
    const inPath = target.replace(/^(\/[^/]+)\//, '$1/w=20,h=10,fmt=webp/');
    const replies = [await askHost(proxy, inPath), await askHost(proxy, inPath)];
    expect(replies.map(({ headers }) => headers['content-type'])).toEqual(
      Array(2).fill('image/webp'),
    );
    expect(replies[1]?.headers['x-cache']).toBe('HIT');
    const before = await stored();
    for (const junk of ['x=1', 'w=20,x=1', 'w=020', 'w=20,w=20']) {
      const bad = target.replace(/^(\/[^/]+)\//, `$1/${junk}/`);
      expect((await askHost(proxy, bad)).status, junk).toBe(400);
    }
    expect(await stored()).toBe(before);
  });

  it('stores nothing for spellings in the path that the server takes for the same picture', async () => {
    const before = await stored();
    for (const spelling of ['v=1,w=20', 'w=20,v=2', 'v=3', 'w=99999', 'w=20,metadata=none,v=4,']) {
      const path = target.replace(/^(\/[^/]+)\//, `$1/${spelling}/`);
      const { status, headers } = await askHost(proxy, path);
      expect([200, 400], spelling).toContain(status);
      expect(headers['x-cache'], spelling).toBeUndefined();
    }
    expect(await stored()).toBe(before);
  });

  it('leaves images that a cookie opens to the server', async () => {
    const token = await server.aura.signUpload({ visibility: 'private' });
    const file = await drawing(64, 48).jpeg().toBuffer();
    const { key, url } = json(
      await askHost(proxy, '/v1/upload', await uploadRequest(token, file)),
    ) as Uploaded;
    const signed = new URL(await server.aura.getSignedUrl(key));
    target = targetOf(url);
    const before = await stored();
    const cookie = `theme=dark; aura-token=${signed.searchParams.get('token')}`;
    const whole = await askHost(proxy, target, { headers: { cookie } });
    expect([whole.status, whole.headers['vary']]).toEqual([200, 'Cookie']);
    const etag = String(whole.headers['etag']);
    expect((await read('', { cookie, range: 'bytes=0-3' })).status).toBe(206);
    expect((await read('', { cookie, 'if-none-match': etag })).status).toBe(304);
    expect(await read('?w=20', { cookie })).toMatchObject({ status: 200, cache: undefined });
    for (const query of ['', '?w=20']) expect((await read(query)).status).toBe(403);
    expect(await stored()).toBe(before);
  });

  it('has a copy for each format that clients accept', async () => {
    const types = ['image/avif,image/webp', 'image/webp,*/*', '*/*', 'image/avif;q=0.5'];
    const seen = [];
    for (const accept of types) seen.push((await read('?w=20', { accept })).type);
    expect(seen).toEqual(['image/avif', 'image/webp', 'image/jpeg', 'image/jpeg']);
  });

  it('has a copy for each transform', async () => {
    const query = '?w=20&h=20&fp=0.3,1&flip=hv&rotate=90&gray=true&sharpen=1.5&bg=ff8800';
    const other = query.replace('fp=0.3,1', 'gravity=top-left&trim=5');
    const first = [await read(query), await read(other)];
    const again = [await read(query), await read(other)];
    expect(again.map(({ id, cache }) => [id, cache])).toEqual(first.map(({ id }) => [id, 'HIT']));
    expect(first[0]?.id).not.toBe(first[1]?.id);
    const inPath = `/${query.slice(1).replace(',', 'x').replaceAll('&', ',')}/`;
    const path = target.replace(/^(\/[^/]+)\//, `$1${inPath}`);
    await askHost(proxy, path);
    expect((await askHost(proxy, path)).headers['x-cache']).toBe('HIT');
  });

  it('is not filled by parameters and hosts that a stranger makes up', async () => {
    await read('?w=20');
    const before = await stored();
    for (const query of [
      ...[
        '?x=1',
        '?x=2',
        '?w=20&x=1',
        '?v=1',
        '?W=20',
        '?%77=20',
        '?w=020',
        '?w=99999',
        '?w=20&w=30',
      ],
      ...[
        '?w',
        '?w=',
        '?fit=x',
        '?q=0',
        '?q=101',
        '?lqip=1',
        '?fmt=gif',
        '?w=20;h=1',
        '?w=20&h=+5',
        '?rotate=45',
        '?bg=FFF',
        '?dpr=1.999&w=9',
        '?fp=1.5x0',
      ],
    ]) {
      const [one, other] = [await read(query), await read(query)];
      if (query !== '?w=20&w=30') expect(one.id, query).not.toBe(other.id);
    }
    for (const host of ['other.example', 'a.cdn.example', '127.0.0.1']) {
      expect((await read('?w=30', { host })).status, host).toBe(421);
    }
    expect(await stored()).toBe(before);
  });

  it('does not return one spelling’s response for another', async () => {
    const master = await read('?W=20');
    expect(master.type).toBe('image/jpeg');
    expect((await read('?%77=20&fmt=webp')).type).toBe('image/webp');
    expect((await read('?w=20&fmt=png')).type).toBe('image/png');
    expect((await read('')).type).toBe('image/jpeg');
    expect((await read('?fmt=wide')).status).toBe(400);
  });

  it('knows every parameter of the server', async () => {
    const [configuration, table] = await Promise.all([
      readShipped(`nginx/${CACHED}`),
      readFile(join(DEPLOY, '../docs/reference/transforms.md'), 'utf8'),
    ]);
    const [parameters = ''] = /^\| Parameter .*?\n\n/ms.exec(table) ?? [];
    const names = [...parameters.matchAll(/^\| `([a-z]+)` +\|/gm)].map(([, name]) => name);
    expect(names).toContain('w');
    const key = [...configuration.matchAll(/ ([a-z]+)=\$arg_\1\b/g)].map(([, name]) => name);
    expect(key).toEqual([...names, 'preset']);
  });
});
