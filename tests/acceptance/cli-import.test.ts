import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PNG_SIGNATURE, pngChunk, pngHeader } from '../files/png.js';
import { shortOrLong } from '../harness/long.js';
import { AURA, createDesk, type Desk, newProject } from './support/cli.js';

const FILES = shortOrLong(60, 100_000);
const KILLS = shortOrLong(2, 10);
const LIMIT_MS = shortOrLong(60_000, 4 * 3_600_000);

let desk: Desk;
let env: { AURA_TOKEN: string; AURA_PROJECT: string };
beforeAll(async () => {
  desk = await createDesk();
  const { secretKey, projectName } = await desk.addProject(newProject('moved'));
  env = { AURA_TOKEN: secretKey, AURA_PROJECT: projectName };
});
afterAll(() => desk.close());

/** A PNG of one pixel, of a few bytes that no other number has. */
function tiny(number: number): Buffer {
  return Buffer.concat([
    PNG_SIGNATURE,
    pngHeader(1, 1, 8),
    pngChunk('tEXt', Buffer.from(`number\0${number}`)),
    pngChunk('IDAT', deflateSync(Buffer.alloc(2))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

interface Listed {
  readonly key: string;
  readonly sha256: string;
  readonly visibility: string;
  readonly metadata: object;
}

async function imagesIn(prefix: string): Promise<Listed[]> {
  const images: Listed[] = [];
  for (let cursor = ''; ; ) {
    const query = new URLSearchParams({ prefix, limit: '1000', ...(cursor && { cursor }) });
    const answer = await desk.ask('GET', `/v1/projects/${env.AURA_PROJECT}/images?${query}`);
    const page = await answer.json();
    images.push(...page.images);
    if (page.cursor === null) return images;
    cursor = page.cursor;
  }
}

/** Runs an import, and kills it once it has told of so many files. */
async function importAndKill(
  argv: readonly string[],
  lines: number,
): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [...AURA, 'import', ...argv, '--json'], {
    cwd: desk.folder,
    env: { PATH: process.env['PATH'], HOME: desk.home, AURA_API_URL: desk.server.url, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let seen = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    seen++;
    if (seen === lines) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return signal;
}

describe('aura import', () => {
  it(`has each of ${FILES} files exactly once after it was killed ${KILLS} times`, {
    timeout: LIMIT_MS,
  }, async () => {
    const expected = new Map<string, string>();
    for (let number = 0; number < FILES; number++) {
      const bytes = tiny(number);
      const path = `${number % 97}/${number}`;
      await desk.put(`many/${path}.png`, bytes);
      expected.set(`kept/${path}`, sha256(bytes));
    }
    const argv = ['many', '--visibility', 'private', '--prefix', 'kept', '--report', 'many.jsonl'];
    const share = Math.floor(FILES / (KILLS + 1));
    for (let kill = 0; kill < KILLS; kill++) {
      // Not at the end of a group: some images are stored and in no report.
      expect(await importAndKill(argv, share - kill)).toBe('SIGKILL');
    }
    const last = await desk.aura(['import', ...argv], { env });
    expect(last.exit, last.err).toBe(0);
    const images = await imagesIn('kept/');
    expect(images).toHaveLength(FILES);
    expect(new Map(images.map((image) => [image.key, image.sha256]))).toEqual(expected);
    expect(images.every(({ visibility }) => visibility === 'private')).toBe(true);
    const report = await readFile(join(desk.folder, 'many.jsonl'), 'utf8');
    const lines = report
      .trim()
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line));
    expect(new Map(lines.map((line) => [line.key, line.sha256]))).toEqual(expected);
    expect(lines).toHaveLength(FILES);
    const again = await desk.aura(['import', ...argv], { env });
    expect([again.exit, again.err]).toEqual([0, expect.stringContaining('has finished')]);
  });

  it('requests the addresses of a list from this machine, and stores what the list says', async () => {
    const site = createServer((request, response) => {
      if (request.url === '/old.png')
        response.writeHead(302, { Location: '/new.png?sig=s3cret' }).end();
      else if (request.url?.startsWith('/new.png')) response.end(tiny(1));
      else if (request.url === '/page') response.end('<!doctype html><title>Sign in</title>');
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    await desk.put(
      'list.csv',
      [
        'url,name,visibility,metadata.album',
        `${base}/old.png,Users/7/Käfer.png,public,"summer, 2026"`,
        `${base}/new.png?sig=s3cret,,,`,
        `${base}/page,,,`,
        `${base}/gone.png,,,`,
      ].join('\n'),
    );
    const argv = ['import', 'list.csv', '--visibility', 'private', '--prefix', 'list', '--json'];
    const { exit, out, err } = await desk.aura(argv, { env });
    site.close();
    expect(exit, err).toBe(1);
    expect(out + err).not.toContain('s3cret');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { row: 1, status: 'imported', key: 'list/Users/7/Kafer', visibility: 'public' },
      { row: 2, status: 'imported', key: 'list/new', visibility: 'private' },
      { row: 3, status: 'refused', error: { code: 'type_not_allowed' } },
      { row: 4, status: 'refused', error: { code: 'source_not_found' } },
    ]);
    expect(await imagesIn('list/')).toMatchObject([
      { key: 'list/Users/7/Kafer', visibility: 'public', metadata: { album: 'summer, 2026' } },
      { key: 'list/new', visibility: 'private', metadata: {} },
    ]);
  });
});
