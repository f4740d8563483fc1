import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { ObjectBody, RenderJob } from '@auraimage/ports';
import koffi from 'koffi';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ChildFailure } from './child.js';
import { createSharpEngine, type SharpEngine, type SharpEngineOptions } from './engine.js';

const DIST = new URL('../dist/', import.meta.url);
const ASSETS = new URL('../../../tests/files/assets/', import.meta.url);
const BIG = { width: 2400, height: 1800 };
const SMALL = { width: 400, height: 300 };

/** Keeps an encoder busy for many seconds: it has to be interrupted. Of the large file. */
const SLOW: RenderJob = {
  type: 'image/png',
  scaled: BIG,
  format: 'avif',
  quality: 95,
  effort: 'thorough',
};
/** Of the small file. */
const QUICK: RenderJob = { ...SLOW, scaled: { width: 40, height: 30 }, format: 'webp' };

interface NoiseFile {
  readonly path: string;
  readonly length: number;
}

let folder: string;
let big: NoiseFile;
let small: NoiseFile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-engine-'));
  const write = async (name: string, size: typeof BIG): Promise<NoiseFile> => {
    const path = join(folder, name);
    const noise = randomFillSync(Buffer.alloc(size.width * size.height * 3));
    const picture = sharp(noise, { raw: { ...size, channels: 3 } });
    const { size: length } = await picture.png({ compressionLevel: 0 }).toFile(path);
    return { path, length };
  };
  big = await write('big.png', BIG);
  small = await write('small.png', SMALL);
});
afterEach(() => void vi.useRealTimers());
afterAll(() => rm(folder, { recursive: true, force: true }));

const bodyOf = ({ path, length }: NoiseFile): ObjectBody => ({
  length,
  file: { path, start: 0, length },
  stream: () => {
    throw new Error('A whole file need not be streamed');
  },
});

async function withEngine(
  options: SharpEngineOptions,
  use: (engine: SharpEngine, incidents: ChildFailure[]) => Promise<void>,
): Promise<void> {
  const incidents: ChildFailure[] = [];
  const engine = createSharpEngine({
    ...options,
    onIncident: (failure) => incidents.push(failure),
  });
  try {
    await use(engine, incidents);
  } finally {
    await engine.close();
  }
}

/** The body in a program. */
const programBody = ({ path, length }: NoiseFile) =>
  JSON.stringify({ length, file: { path, start: 0, length } });

const waiting = () => ({ signal: new AbortController().signal });

/** Processes whose parent is the given one (proc(5)); one that waits to be collected has ended. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => statusOf(pid)?.parent === parent && isRunning(pid));
}

function isRunning(pid: number): boolean {
  const state = statusOf(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function statusOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const [state = 'X', parent = '0'] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

async function untilBusy(pid: number): Promise<void> {
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]); // time in user mode, in hundredths of a second
  };
  const before = ticks();
  while (ticks() < before + 10) await sleep(20);
}

it('a JPEG on disk that has to be repaired before it is judged is accepted', () =>
  withEngine({ concurrency: 1 }, async (engine) => {
    const file = join(folder, 'no-end.jpg');
    const jpeg = (await sharp(small.path).resize(300).jpeg().toBuffer()).subarray(0, -2);
    await writeFile(file, jpeg);
    const found = await engine.inspect(bodyOf({ path: file, length: jpeg.length }), 'image/jpeg');
    expect(found).toMatchObject({ ok: true, width: 300 });
  }));

it('a photo of a phone with 50 megapixels is accepted, and one with 200 is called too large', async () => {
  const create = { width: 8160, height: 6144, channels: 3, background: 'grey' } as const;
  const photo = new Uint8Array(await sharp({ create }).jpeg().toBuffer());
  // Another size in its frame header (ITU-T T.81, B.2.2), by which it is judged.
  const larger = Buffer.from(photo);
  const frame = larger.indexOf('ffc00011', 'hex');
  larger.writeUInt16BE(12_240, frame + 5);
  larger.writeUInt16BE(16_320, frame + 7);
  await withEngine({ concurrency: 1 }, async (engine) => {
    const inspect = async (file: Uint8Array<ArrayBuffer>) =>
      engine.inspect(
        { length: file.length, bytes: file, stream: () => new Blob([file]).stream() },
        'image/jpeg',
      );
    expect(await inspect(photo)).toMatchObject({ ok: true, width: 8160 });
    expect(await inspect(new Uint8Array(larger))).toEqual({
      ok: false,
      code: 'image_too_large',
      message:
        'The image has 16320 × 12240 pixels (199.757 megapixels); this server accepts up to 52 megapixels',
    });
  });
});

describe('an image process', () => {
  it('that is killed during a job fails only that job', () =>
    withEngine({ concurrency: 1 }, async (engine, incidents) => {
      await engine.render(bodyOf(small), QUICK, waiting());
      const [pid = 0] = await childrenOf(process.pid);
      const rendered = engine.render(bodyOf(big), SLOW, waiting());
      await untilBusy(pid);
      process.kill(pid, 'SIGSEGV');
      expect(await rendered).toEqual({ ok: false, code: 'render_failed' });
      expect(incidents.map(({ failure }) => failure)).toEqual(['crash']);
      expect(await engine.render(bodyOf(small), QUICK, waiting())).toMatchObject({ ok: true });
    }));

  it.each([
    ['memory', { memoryBytes: 1 }, 'image_too_large'],
    ['timeout', { inspectCpuSeconds: 0.01 }, 'image_too_slow'],
  ])('that is killed for its %s during an inspection refuses the file', (cause, limits, code) =>
    withEngine({ concurrency: 1, ...limits }, async (engine, incidents) => {
      const found = await engine.inspect(bodyOf(big), 'image/png');
      expect(found).toMatchObject({ ok: false, code });
      expect(incidents.map(({ failure }) => failure)).toEqual([cause]);
    }),
  );

  it('takes short jobs while long ones keep the others busy', () =>
    withEngine({ concurrency: 1, timeoutSeconds: 120 }, async (engine) => {
      const ended: string[] = [];
      const slow = engine.render(bodyOf(big), SLOW, { pixels: BIG.width * BIG.height }).then(
        () => ended.push('slow'),
        () => {},
      );
      // As many pixels as are shown: too many for a short job, though the file is small.
      const bomb = new Uint8Array(await readFile(new URL('avif-12-megapixels.avif', ASSETS)));
      const large = engine
        .inspect(
          { length: bomb.length, bytes: bomb, stream: () => new Blob([bomb]).stream() },
          'image/avif',
          { project: 'other' },
        )
        .then(
          () => ended.push('large'),
          () => {},
        );
      const found = await engine.inspect(bodyOf(small), 'image/png', { project: 'my-app' });
      expect(found).toMatchObject({ ok: true });
      const pixels = SMALL.width * SMALL.height;
      const made = await engine.render(bodyOf(small), QUICK, { pixels, project: 'my-app' });
      expect(made).toMatchObject({ ok: true });
      expect(ended).toEqual([]);
      await engine.close();
      await Promise.all([slow, large]);
    }));

  it('is killed in a blocked encoder', () =>
    withEngine({ timeoutSeconds: 20, concurrency: 1 }, async (engine, incidents) => {
      await engine.render(bodyOf(small), QUICK, waiting());
      const [pid = 0] = await childrenOf(process.pid);
      vi.useFakeTimers({ toFake: ['setTimeout'] });
      const rendered = engine.render(bodyOf(big), SLOW, waiting());
      await untilBusy(pid);
      vi.advanceTimersByTime(20_000);
      vi.useRealTimers();
      expect(await rendered).toEqual({ ok: false, code: 'render_failed' });
      expect(incidents.map(({ failure }) => failure)).toEqual(['timeout']);
    }));

  it('ignores the signals that stop a server', () =>
    withEngine({ concurrency: 1 }, async (engine) => {
      await engine.render(bodyOf(small), QUICK, waiting());
      const [pid = 0] = await childrenOf(process.pid);
      process.kill(pid, 'SIGTERM');
      process.kill(pid, 'SIGINT');
      expect(await engine.render(bodyOf(small), QUICK, waiting())).toMatchObject({ ok: true });
      expect(await childrenOf(process.pid)).toEqual([pid]);
    }));

  it('runs idle jobs after all others', () =>
    withEngine({ concurrency: 1 }, async (engine) => {
      const order: string[] = [];
      const render = (name: string, idle: boolean) =>
        engine.render(bodyOf(small), QUICK, { ...waiting(), idle }).then(() => order.push(name));
      await Promise.all([
        render('reader 1', false),
        render('idle', true),
        render('reader 2', false),
        engine.inspect(bodyOf(small), 'image/png').then(() => order.push('upload')),
      ]);
      expect(order.at(-1)).toBe('idle');
    }));
});

describe('libvips', () => {
  it('reads the folders of masters, and no other file, where Linux has Landlock', async () => {
    const other = await mkdtemp(join(tmpdir(), 'aura-engine-other-'));
    const photo = await sharp(small.path).resize(64).jpeg().toBuffer();
    const { length } = photo;
    const bodyAt = async (path: string): Promise<ObjectBody> => {
      await writeFile(path, photo);
      const stream = () => new Blob([new Uint8Array(photo)]).stream();
      return { ...bodyOf({ path, length }), stream };
    };
    const master = await bodyAt(join(folder, 'master.jpg'));
    const secret = await bodyAt(join(other, 'master.key'));
    const link = join(folder, 'link.jpg');
    await symlink(join(other, 'master.key'), link);
    const linked = { ...secret, file: { path: link, start: 0, length } };
    const opens = async (folders: readonly string[], body: ObjectBody) => {
      let ok = false;
      await withEngine({ folders }, async (engine) => {
        ({ ok } = await engine.render(body, { ...QUICK, type: 'image/jpeg' }, waiting()));
      });
      return ok;
    };
    expect(await opens([folder], master)).toBe(true);
    expect(await opens([folder], linked)).toBe(!hasLandlock());
    expect(await opens([other], secret), 'it is a picture').toBe(true);
    expect(await opens([folder], secret), 'read by the server').toBe(true);
    await rm(other, { recursive: true });
  });
});

describe('a system without Landlock, or without binaries for it', () => {
  it('has image processes all the same, from the second start on', async () => {
    // The same code, where no library can be found.
    const copy = await mkdtemp(join(tmpdir(), 'aura-engine-copy-'));
    await writeFile(join(copy, 'package.json'), '{ "type": "module" }');
    await mkdir(join(copy, 'dist'));
    for (const name of ['child.js', 'confinement.js', 'confine.js']) {
      for (const file of [name, `${name}.map`]) {
        await copyFile(new URL(file, DIST), join(copy, 'dist', file));
      }
    }
    const script = join(copy, 'dist/script.js');
    await writeFile(
      script,
      `process.on('message', () => process.send({ value: 'here' }));
      process.on('disconnect', () => process.exit());
      process.send({ ready: true });`,
    );
    const { startChild }: typeof import('./child.js') = await import(join(copy, 'dist/child.js'));
    const start = () =>
      startChild({
        script: pathToFileURL(script),
        memoryBytes: 2 ** 30,
        timeoutMs: 20_000,
        niceness: 5,
        readable: [],
      });
    await expect(start().run('hello')).rejects.toMatchObject({ failure: 'start' });
    const child = start();
    expect(await child.run('hello')).toBe('here');
    await child.kill();
    await rm(copy, { recursive: true });
  });
});

/** Asks the kernel itself. */
function hasLandlock(): boolean {
  const syscall = koffi.load(null).func('long syscall(long number, ...)');
  return Number(syscall(444, 'void *', null, 'size_t', 0, 'uint32_t', 1)) >= 1;
}

describe('a machine without a temporary folder', () => {
  it('renders all the same', async () => {
    const script = join(folder, 'no-temporary-folder.mjs');
    await writeFile(
      script,
      `
        import { createSharpEngine } from '${DIST}index.js';
        const engine = createSharpEngine();
        const body = ${programBody(small)};
        const { signal } = new AbortController();
        const { ok } = await engine.render(body, ${JSON.stringify(QUICK)}, { signal });
        process.exit(ok ? 0 : 1);
      `,
    );
    const env = { ...process.env, TMPDIR: join(folder, 'nowhere') };
    const server = spawn(process.execPath, [script], { env, stdio: 'inherit' });
    expect(await once(server, 'exit')).toEqual([0, null]);
  });
});

describe('a removed file', () => {
  it('is not reported as broken', () =>
    withEngine({}, async (engine) => {
      const gone = join(folder, 'gone.png');
      const body = bodyOf({ ...small, path: gone });
      await expect(engine.render(body, QUICK, waiting())).rejects.toThrow('ENOENT');
    }));
});

describe('the end of the server', () => {
  /** A server's process that prints the ids of its children, and waits to be killed. */
  async function startServer(program: string) {
    const script = join(folder, `server-${Math.random()}.mjs`);
    await writeFile(script, program);
    const server = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => server.stdout.once('data', resolve));
    return server;
  }

  async function expectNobodyLeft(program: string): Promise<void> {
    const server = await startServer(program);
    const children = await childrenOf(server.pid ?? 0);
    expect(children.length).toBeGreaterThan(0);
    server.kill('SIGKILL');
    while (children.some(isRunning)) await sleep(20);
  }

  it('ends its image processes, busy or idle', () =>
    expectNobodyLeft(`
      import { createSharpEngine } from '${DIST}index.js';
      const engine = createSharpEngine();
      const { signal } = new AbortController();
      await engine.render(${programBody(small)}, ${JSON.stringify(QUICK)}, { signal });
      engine.render(${programBody(big)}, ${JSON.stringify(SLOW)}, { signal });
      setTimeout(() => console.log('ready'), 500);
    `));

  it('ends a process with a blocked main thread', async () => {
    const script = join(folder, 'deaf.mjs');
    await writeFile(
      script,
      `
        import { Worker } from 'node:worker_threads';
        const options = { workerData: process.ppid };
        new Worker(new URL('${DIST}watchdog.js'), options).once('message', () => {
          console.log('ready');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        });
      `,
    );
    await expectNobodyLeft(`
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['${script}']);
      child.stdout.on('data', () => console.log('ready'));
    `);
  });

  it('is not delayed by idle processes', async () => {
    const server = await startServer(`
      import { createSharpEngine } from '${DIST}index.js';
      createSharpEngine();
      console.log('ready');
    `);
    await new Promise((resolve) => server.once('exit', resolve));
  });
});
