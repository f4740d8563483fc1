import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoutes } from '@auraimage/host';
import { createRouter, type RequestContext } from '@auraimage/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepReleases, type PackageFolders, readPackages, readTarballs } from './packages.js';

let folder: string;
let folders: PackageFolders;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-packages-'));
  folders = { built: join(folder, 'built'), kept: join(folder, 'data/packages') };
  await mkdir(folders.built);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts a version of the server. */
async function start(version: string) {
  const file = `sdk-${version}.tgz`;
  const sdk = {
    name: '@auraimage/sdk',
    version,
    file,
    latest: 'sdk.tgz',
    size: version.length,
    integrity: 'x',
  };
  await writeFile(join(folders.built, 'index.json'), JSON.stringify([sdk]));
  await writeFile(join(folders.built, file), version);
  keepReleases(folders);
  return open();
}

/** Sends requests to the routes of what is in the folders. */
function open() {
  const addresses = { cdnUrl: 'https://cdn.example', appUrl: 'https://app.example' };
  const router = createRouter(
    packageRoutes(readPackages(folders.built), readTarballs(folders), addresses),
  );
  return async (path: string, host: 'cdn' | 'app' = 'app') => {
    const context: RequestContext = {
      requestId: 'id',
      client: '::1',
      host,
      isOperator: () => false,
      isDisconnected: async () => false,
      facts: {},
    };
    const response = await router.fetch(new Request(`http://localhost${path}`), context);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

describe('packages', () => {
  it('of a release are served after an upgrade, because lock files name them', async () => {
    await start('1.0.0');
    await rm(join(folders.built, 'sdk-1.0.0.tgz'));
    const get = await start('1.1.0');
    expect(await get('/packages/sdk-1.0.0.tgz')).toMatchObject({ status: 200, text: '1.0.0' });
    expect(await get('/packages/sdk-1.1.0.tgz')).toMatchObject({ status: 200, text: '1.1.0' });
    const latest = await get('/packages/sdk.tgz');
    expect([latest.status, latest.headers.get('location')]).toEqual([302, 'sdk-1.1.0.tgz']);
  });

  it('of a release are kept again if a power failure has left an empty file', async () => {
    await start('1.0.0');
    await writeFile(join(folders.kept, 'sdk-1.0.0.tgz'), '');
    await start('1.0.0');
    expect(await readFile(join(folders.kept, 'sdk-1.0.0.tgz'), 'utf8')).toBe('1.0.0');
  });

  it('between releases are not kept', async () => {
    const get = await start('1.0.0-dev-0123abcd');
    expect((await get('/packages/sdk-1.0.0-dev-0123abcd.tgz')).status).toBe(200);
    const next = await start('1.0.0-dev-4567abcd');
    expect((await next('/packages/sdk-1.0.0-dev-0123abcd.tgz')).status).toBe(404);
    await expect(readdir(folders.kept)).rejects.toThrow('ENOENT');
  });

  it('are the only files of their folders that are served', async () => {
    await start('1.0.0');
    await writeFile(join(folders.kept, 'other.tgz'), 'secret');
    await writeFile(join(folders.kept, 'sdk-1.0.1.tgz.7.part'), 'secret');
    const get = await start('1.0.1');
    for (const name of ['other.tgz', 'sdk-1.0.1.tgz.7.part', 'index.json', '..', 'sdk-9.9.9.tgz']) {
      const { status, text } = await get(`/packages/${name}`);
      expect([status, text.includes('secret')], name).toEqual([404, false]);
    }
  });

  it('that do not exist are answered with the addresses of those that do', async () => {
    const get = await start('1.0.0');
    const { text } = await get('/packages/sdk-2.0.0.tgz', 'cdn');
    expect(JSON.parse(text).message).toContain('https://cdn.example/packages/sdk-1.0.0.tgz');
  });

  it('that are not built are explained', async () => {
    const get = open();
    expect(JSON.parse((await get('/packages')).text)).toEqual({ packages: [] });
    const { status, text } = await get('/packages/sdk.tgz');
    expect(status).toBe(404);
    expect(JSON.parse(text).message).toContain('npm run build');
  });
});
