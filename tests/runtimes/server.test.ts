import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitmap } from '../files/bmp.js';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { otherNodes, THIS_NODE } from '../harness/nodes.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';

const run = promisify(execFile);

const heic = () => readFile(new URL('../files/assets/heic-plain.heic', import.meta.url));
const bmp = async () => bitmap(64, 48, await drawing(64, 48).removeAlpha().raw().toBuffer());

/** What the JavaScript of an image process may try. Each function resolves if it succeeds. */
const ATTEMPTS = `
  const { execFileSync } = require('node:child_process');
  const fs = require('node:fs/promises');
  const [data] = process.argv.slice(-1);
  const attempts = {
    store: () => fs.readdir(data + '/store/objects'),
    key: () => fs.readFile(data + '/master.key'),
    database: () => fs.readFile(data + '/aura.db'),
    list: () => fs.readdir(data),
    environment: () => fs.readFile('/proc/' + process.ppid + '/environ'),
    write: () => fs.writeFile(data + '/here', ''),
    folder: () => fs.writeFile('here', ''),
    program: async () => execFileSync('/bin/true'),
  };
  (async () => {
    const results = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      results[name] = await attempt().then(() => 'done', ({ code }) => code);
    }
    console.log(JSON.stringify(results));
  })();
`;
const NAMES = ['key', 'database', 'list', 'environment', 'write', 'folder', 'program'];
const all = (result: string) => Object.fromEntries(NAMES.map((name) => [name, result]));

const CONFINE = fileURLToPath(
  new URL('../../adapters/imaging-sharp/dist/confine.js', import.meta.url),
);

interface ImageProcess {
  readonly command: readonly string[];
  /** proc_pid_status(5) */
  readonly status: string;
}

async function imageProcesses(server: number): Promise<ImageProcess[]> {
  const found: ImageProcess[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [stat, commandLine, status = ''] = await Promise.all(
      ['stat', 'cmdline', 'status'].map((name) =>
        readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''),
      ),
    );
    const [, parent] = stat?.replace(/^.*\) /s, '').split(' ') ?? [];
    const words = commandLine?.split('\0').filter((word) => word !== '') ?? [];
    if (Number(parent) === server && words.at(-1)?.endsWith('worker.js')) {
      found.push({ command: words, status });
    }
  }
  return found;
}

describe.each([THIS_NODE, ...otherNodes()])('the server on $name', ({ path }) => {
  // To look for a face takes half a second of processor time.
  const sought = path === THIS_NODE.path ? 'face' : shortOrLong('auto', 'face');
  let dataDir: string;
  let server: TestServer;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    server = await startTestServer({ dataDir, node: path, program: 'built' });
  });
  afterAll(async () => {
    await server?.kill();
    await removeFolder(dataDir);
  });

  it('serves a private image only with its token, in every size and format', async () => {
    const photo = await drawing(640, 480).jpeg().toBuffer();
    const { url, key } = await upload(server, photo, 'private');
    expect((await fetch(url)).status).toBe(403);
    const signed = await server.aura.getSignedUrl(key);
    const whole = await fetch(signed);
    expect(Buffer.from(await whole.arrayBuffer()).equals(photo)).toBe(true);
    for (const format of ['avif', 'webp', 'jpeg', 'png']) {
      const variant = await fetch(`${signed}&w=100&fmt=${format}`);
      await variant.arrayBuffer();
      expect([variant.status, variant.headers.get('content-type')]).toEqual([
        200,
        `image/${format}`,
      ]);
    }
    const cropped = await fetch(`${signed}&w=50&h=50&fit=${sought}`);
    await cropped.arrayBuffer();
    expect(cropped.status).toBe(200);
    expect(cropped.headers.get('x-aura-fallback')).toBeNull();
    await server.aura.setVisibility(key, 'public');
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    ['a HEIC', heic],
    ['a BMP', bmp],
  ])('decodes %s', async (_, make) => {
    const { url, width, height } = await upload(server, await make(), 'public');
    expect([width, height]).toEqual([64, 48]);
    const variant = await fetch(`${url}?w=32&fmt=webp`);
    await variant.arrayBuffer();
    expect([variant.status, variant.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(variant.headers.get('x-aura-fallback')).toBeNull();
  });

  it('starts image processes that can read neither the master key nor the database', async () => {
    const [found] = await imageProcesses(server.process.pid ?? 0);
    const [node = '', ...rest] = found?.command ?? [];
    expect(node).toBe(path);
    const attempt = async (options: readonly string[]) => {
      const args = [...options, '--eval', ATTEMPTS, '--', dataDir];
      const { stdout } = await run(node, args, { cwd: dataDir, env: {} });
      return JSON.parse(stdout);
    };
    expect(await attempt([]), 'without its options').toEqual({ ...all('done'), store: 'done' });
    expect(await attempt(rest.slice(0, -1))).toEqual({
      ...all('ERR_ACCESS_DENIED'),
      store: 'done',
    });
  });

  it('confines image processes, native code too: the kernel denies the same', async () => {
    const [found] = await imageProcesses(server.process.pid ?? 0);
    expect(found?.status).toMatch(/^NoNewPrivs:\t1$/m);
    const confinement = {
      node: path,
      args: ['--eval', `${ATTEMPTS}`, '--', dataDir],
      env: ['OPENSSL_CONF=/dev/null'],
      readable: [join(dataDir, 'store')],
      writable: [],
    };
    // As the server starts them, but with no limits of Node's own.
    const { stdout } = await run(path, [CONFINE, JSON.stringify(confinement)], { cwd: dataDir });
    expect(JSON.parse(stdout)).toEqual({ ...all('EACCES'), store: 'done' });
  });
});
