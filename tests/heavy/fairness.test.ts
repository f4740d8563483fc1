import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AuraImage } from '@auraimage/sdk';
import { build } from 'esbuild';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { openBrowser, signUp } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { seedProject, startTestServer, type TestServer } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import type { Attack, Target } from './support/attacker.js';
import { noiseImage } from './support/images.js';

// A quiet project on a server with default settings, while somebody else attacks the server with all that a
// stranger or the owner of another project has. This file measures times, which other tests do not: that nobody
// else becomes slow is what it is about. It compares medians of one run, and leaves out how long the server waits for
// a processor that other programs have.

/** Seconds of each measurement: at least one, in which every operation has its turn. */
const SECONDS = shortOrLong(1, 30);
/** The medians may be so many times those of the quiet server. */
const MOST_TIMES = 3;
/** Medians below these milliseconds are good enough, whatever they were on the quiet server. */
const GOOD_MS = { read: 50, variant: 500, upload: 500, 'sign-in': 3000 } as const;
const OPERATIONS = ['read', 'variant', 'upload', 'sign-in'] as const;
type Operation = (typeof OPERATIONS)[number];

/** A machine with other work disturbs a measurement: the best of so many counts for each operation. */
const TRIES = 5;
/** An operation that takes longer counts as refused. */
const LIMIT_MS = 30_000;
const OWNER = { email: 'owner@example.com', password: 'violet ladder quiet harbour' };
/** Of the attacks: even without a limit, a few hundred password hashes at once keep a machine busy for seconds. */
const STRENGTH = { guesses: shortOrLong(200, 600), warmUpMs: shortOrLong(400, 1000) };
/** 7000 × 7000 in a kilobyte. */
const MANY_PIXELS = new URL('../files/assets/avif-49-megapixels.avif', import.meta.url);
/** Clients' addresses: the measured ones use 127.0.0.1. */
const [ATTACKER, PROXY] = ['127.0.0.2', '127.0.0.3'];

/** One measurement of the quiet project. */
interface Measured {
  readonly medians: Readonly<Record<Operation, number>>;
  readonly operations: number;
  /** How many times longer the server took for its work because other programs had the processor. */
  readonly delay: number;
  /** Everything that did not succeed. */
  readonly refused: readonly string[];
  readonly serverMegabytes: number;
}

describe('a quiet project', () => {
  let server: TestServer;
  let folder: string;
  let target: Target;
  let measure: (seconds?: number) => Promise<Measured>;
  let quiet: Measured;
  const table: string[][] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-fairness-'));
    server = await startTestServer({
      encodesAgain: true,
      slowHashes: true,
      env: {
        AURA_LOG_LEVEL: 'error',
        AURA_TRUSTED_PROXIES: PROXY,
        // Small enough to be filled within the time of the test.
        AURA_CACHE: '200mb',
      },
    });
    const { url, appUrl, dataDir } = server;
    await signUp(server, OWNER.email, server.setupUrl, OWNER.password);
    await build({
      entryPoints: [fileURLToPath(new URL('support/attacker.ts', import.meta.url))],
      outfile: join(folder, 'attacker.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
    });
    const bombs = [join(folder, 'pages.tiff'), join(folder, 'pixels.avif')] as const;
    await writeFile(bombs[0], await manyPages());
    await copyFile(MANY_PIXELS, bombs[1]);
    const theirs = await upload(server, await photo(1600, 1200), 'public');
    const aura = new AuraImage(await seedProject(dataDir, url, '--project', 'another-app'));
    const own = await upload({ aura, url }, await noiseImage(16_000_000), 'public', 'large.png');
    const token = await aura.signUpload({ expiresIn: 3600 });
    const { email } = OWNER;
    target = {
      ...{ url, appUrl, from: ATTACKER, proxy: PROXY, token, bombs, email, ...STRENGTH },
      own: own.url,
      theirs: theirs.url,
    };
    measure = await quietProject(server, theirs.url);
    await measure(2); // starts processes, fills caches
    quiet = await measure();
    table.push(row('none', quiet, ''));
  });

  afterAll(async () => {
    await server?.kill();
    await removeFolder(folder);
    console.log(asTable(table));
  });

  it('is served at its usual speed without an attack', () => {
    expect(quiet.refused).toEqual([]);
  });

  it.each<[Attack, string]>([
    ['decode', 'uploads that are slow to decode'],
    ['trickle', 'uploads that arrive byte by byte'],
    ['variants', 'every variant of its public image'],
    // Of the kind of the one before: jobs of the same queue, for the same project.
    ...shortOrLong<[Attack, string][]>([], [['encode', 'slow variants of its public image']]),
    ['connections', 'connections that send nothing'],
    ['readers', 'readers that stop reading'],
    ['guesses', 'guesses at passwords'],
    // Within the short time it fills no cache.
    ...shortOrLong<[Attack, string][]>([], [['cache', 'large variants that fill the cache']]),
  ])('is neither refused nor slow during %s: %s', async (attack, what) => {
    let slow = new Set<Operation>(OPERATIONS);
    for (let turn = 1; turn <= TRIES && slow.size > 0; turn++) {
      if (turn > 1) {
        const again = await measure();
        table.push(row('none', again, ''));
        quiet = slowestOf(quiet, again);
      }
      const { stop } = await startAttack(join(folder, 'attacker.mjs'), attack, target);
      const measured = await measure().finally(stop);
      table.push(row(what, measured, await stop()));
      expect(measured.refused).toEqual([]);
      slow = new Set([...slow].filter((operation) => isSlow(operation, measured, quiet)));
    }
    expect([...slow]).toEqual([]);
  });
});

/**
 * A small site: 10 signed reads a second, half of them of kept variants; a new variant a second, signed and of a
 * public image in turn; and a small upload a second. Its owner signs in again once, with a known browser. All
 * begin on time, whether the ones before have ended or not.
 */
async function quietProject(server: TestServer, publicUrl: string) {
  const { aura, url } = server;
  const small = await photo(160, 120);
  const key = async (file: Buffer) => (await upload(server, file, 'private')).key;
  const page = await aura.getSignedUrl(await key(small));
  const photoUrl = await aura.getSignedUrl(await key(await photo(1600, 1200)));
  const token = await aura.signUpload({ expiresIn: 3600 });
  const browser = openBrowser(server);
  const kept = [300, 400, 500].map((width) => `${photoUrl}&w=${width}&fmt=webp`);
  let width = 600;

  const status = async (response: Response | Promise<Response>): Promise<number> => {
    const answer = await response;
    await answer.arrayBuffer();
    return answer.status;
  };
  const get = (address: string) =>
    status(fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) }));
  const operations: Readonly<Record<Operation, (turn: number) => Promise<number>>> = {
    read: (turn) => get(turn % 2 === 0 ? page : (kept[turn % kept.length] ?? page)),
    variant: (turn) =>
      get(turn % 2 === 0 ? `${photoUrl}&w=${width++}&fmt=webp` : `${publicUrl}?w=${width++}`),
    upload: () => status(postUpload(url, token, small)),
    'sign-in': () => status(browser.send('POST', '/v1/auth/sign-in', OWNER)),
  };
  await operations['sign-in'](0);
  for (const address of kept) await get(address);

  return async (seconds = SECONDS): Promise<Measured> => {
    const times: Record<Operation, number[]> = { read: [], variant: [], upload: [], 'sign-in': [] };
    const refused: string[] = [];
    const running: Promise<void>[] = [];
    const begin = (operation: Operation, turn: number): void => {
      const started = performance.now();
      const end = (answer: number | string) => {
        times[operation].push(performance.now() - started);
        if (answer !== 200 && answer !== 201) refused.push(`${operation}: ${answer}`);
      };
      running.push(operations[operation](turn).then(end, (error: unknown) => end(String(error))));
    };
    const pid = server.process.pid ?? 0;
    const before = schedulingOf(pid);
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      begin('read', tenth);
      if (tenth % 10 === 3) begin('variant', Math.floor(tenth / 10));
      if (tenth % 10 === 6) begin('upload', tenth);
      if (tenth === seconds * 5) begin('sign-in', tenth);
      await sleep(100);
    }
    await Promise.all(running);
    const medians = Object.fromEntries(
      OPERATIONS.map((operation) => [operation, medianOf(times[operation])]),
    ) as Record<Operation, number>;
    const after = schedulingOf(pid);
    const delay = 1 + (after.waited - before.waited) / (after.ran - before.ran);
    const serverMegabytes = residentMegabytes(pid);
    return { medians, operations: running.length, delay, refused, serverMegabytes };
  };
}

function isSlow(operation: Operation, measured: Measured, quiet: Measured): boolean {
  const most = Math.max(MOST_TIMES * quiet.medians[operation], GOOD_MS[operation]);
  return measured.medians[operation] / measured.delay > most;
}

/** The slower medians of two measurements: what the machine allows without an attack. */
function slowestOf(one: Measured, other: Measured): Measured {
  const medians = Object.fromEntries(
    OPERATIONS.map((operation) => [
      operation,
      Math.max(one.medians[operation], other.medians[operation]),
    ]),
  ) as Record<Operation, number>;
  return { ...other, medians };
}

/** Starts the attacker's process and waits for its full strength. */
async function startAttack(program: string, attack: Attack, target: Target) {
  const child: ChildProcess = spawn(process.execPath, [program, attack, JSON.stringify(target)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ended = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the attack has ended: ${attack}`)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      resolve();
    });
  });
  return {
    /** @returns how often each answer came */
    async stop(): Promise<string> {
      child.kill('SIGTERM');
      await ended;
      if (child.exitCode !== 0) throw new Error(`the attack has failed: ${attack}`);
      const counts = JSON.parse(output.replace('attacking\n', '')) as Record<string, number>;
      return Object.entries(counts)
        .map(([answer, count]) => `${count} × ${answer}`)
        .join(', ');
    },
  };
}

const photo = (width: number, height: number) => drawing(width, height).jpeg().toBuffer();

/** 1,000 pages in some 600 KB. */
function manyPages(): Promise<Buffer> {
  const [width, pageHeight, pages] = [400, 300, 1000];
  const raw = { width, height: pageHeight * pages, channels: 3, pageHeight } as const;
  const pixels = new Uint8Array(raw.width * raw.height * raw.channels);
  return sharp(pixels, { raw, limitInputPixels: false })
    .tiff({ compression: 'deflate' })
    .toBuffer();
}

function medianOf(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** How long the main thread of a process ran, and how long it waited for a processor, in nanoseconds. */
function schedulingOf(pid: number): { readonly ran: number; readonly waited: number } {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'latin1')
    .split(' ')
    .map(Number);
  return { ran, waited };
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

function row(attack: string, measured: Measured, answers: string): string[] {
  const { medians, operations, delay, refused, serverMegabytes } = measured;
  return [
    attack,
    ...OPERATIONS.map((operation) => `${medians[operation].toFixed(0)} ms`),
    `${refused.length} of ${operations}`,
    `${delay.toFixed(1)} ×`,
    `${serverMegabytes} MB`,
    answers,
  ];
}

function asTable(rows: readonly (readonly string[])[]): string {
  const head = [
    'Attack',
    'Read',
    'New variant',
    'Upload',
    'Sign-in',
    'Refused',
    'Waits for CPU',
    'Server',
    'Attacker',
  ];
  const all = [head, head.map(() => '---'), ...rows];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
