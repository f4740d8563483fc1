import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../harness/remove.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';

interface Item {
  readonly dependencies: readonly string[];
  readonly files: readonly { readonly content: string; readonly target: string }[];
}

/** The members of the registry item schema that these items use. Others are not allowed. */
const itemNamed = (name: string) => ({
  $schema: 'https://ui.shadcn.com/schema/registry-item.json',
  name,
  type: 'registry:component',
  title: expect.stringMatching(/./),
  description: expect.stringMatching(/./),
  dependencies: expect.any(Array),
  files: expect.any(Array),
  docs: expect.stringMatching(/./),
});
const FILE = {
  path: expect.stringMatching(/./),
  content: expect.stringMatching(/./),
  type: 'registry:file',
  target: expect.stringMatching(/^components\/aura\/[\w-]+\.(?:tsx?|css)$/),
};
/** A version of a public package, or a package of this server. */
const PINNED =
  /^(?:(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+|http:\/\/localhost:\d+\/packages\/sdk-\d[\w.-]+\.tgz)$/;

/** Inside the repository, so that the items' dependencies resolve. */
const HERE = fileURLToPath(new URL('.', import.meta.url));

describe('the shadcn registry', () => {
  let server: SharedServer;
  let folder: string;

  beforeAll(async () => {
    server = await sharedServer();
    folder = await mkdtemp(join(HERE, '.registry-'));
  });

  afterAll(() => removeFolder(folder));

  const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);

  it.each([
    ['image', 'AuraImage'],
    ['uploader', 'AuraUploader'],
  ])('%s has all files and dependencies of its component', async (name, component) => {
    const response = await get(`/registry/${name}.json`, {
      headers: { Origin: 'https://app.example' },
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json/),
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/./),
    });
    const item = (await response.json()) as Item;
    expect(item).toEqual(itemNamed(name));
    expect(item.files).toEqual(item.files.map(() => FILE));
    expect(item.dependencies).toEqual(item.dependencies.map(() => expect.stringMatching(PINNED)));

    for (const { target, content } of item.files) {
      const file = join(folder, name, target);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    const { metafile } = await build({
      stdin: {
        contents: `export { ${component} } from './components/aura/${name}'; export { AuraProvider } from './components/aura/provider';`,
        resolveDir: join(folder, name),
      },
      bundle: true,
      format: 'esm',
      jsx: 'automatic',
      packages: 'external',
      outdir: folder,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const used = Object.keys(metafile.inputs).filter((path) => path.includes('components/aura/'));
    expect(used).toHaveLength(item.files.length);
    const libraries = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports.filter(({ external }) => external))
      .map(({ path }) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'))
      .filter((library) => library !== 'react');
    const declared = item.dependencies.map((text) =>
      text.startsWith('http') ? '@auraimage/sdk' : text.slice(0, text.lastIndexOf('@')),
    );
    for (const url of item.dependencies.filter((text) => text.startsWith('http'))) {
      expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    }
    expect(new Set(libraries)).toEqual(new Set(declared));
  });

  it('responds to HEAD without a body', async () => {
    const response = await get('/registry/image.json', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each([
    '/registry',
    '/registry/',
    '/registry/other.json',
    '/registry/image.json/',
    '/registry/image',
    '/registry/..%2fmain.js',
    '/registry/%2e%2e/main.js',
  ])('%s is not an item', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it.each(['POST', 'PUT', 'DELETE'])('%s is refused', async (method) => {
    const response = await get('/registry/image.json', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
