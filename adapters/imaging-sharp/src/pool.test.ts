import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EngineBusyError } from '@auraimage/ports';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ChildFailure } from './child.js';
import { createPool, type Pool, type PoolOptions, type RunOptions } from './pool.js';

/** A child that follows commands. */
const PROGRAM = `
  import { spawnSync } from 'node:child_process';
  import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
  const held = [];
  const attempt = (act) => {
    try { act(); return 'done'; } catch (error) { return error.code; }
  };
  process.on('message', ({ task: [what, value] }) => {
    if (what === 'say') process.send({ value });
    if (what === 'pid') process.send({ value: process.pid });
    if (what === 'read') process.send({ value: attempt(() => readFileSync(value)) });
    if (what === 'list') process.send({ value: attempt(() => readdirSync(value)) });
    if (what === 'write') process.send({ value: attempt(() => writeFileSync(value, 'x')) });
    if (what === 'run') process.send({ value: attempt(() => spawnSync(process.execPath)) });
    if (what === 'folder') process.send({ value: process.cwd() });
    if (what === 'environment') process.send({ value: Object.keys(process.env) });
    if (what === 'throw') process.send({ error: value });
    if (what === 'end') process.kill(process.pid, value);
    if (what === 'spin') while (true);
    if (what === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (what === 'hog') setInterval(() => held.push(Buffer.alloc(20 << 20, 1)), 5);
    if (what === 'hold') { held.push(Buffer.alloc(value, 1)); process.send({ value: process.pid }); }
  });
  process.on('disconnect', () => process.exit());
  process.send({ ready: true });
`;

const MIB = 1024 * 1024;
const READER: RunOptions = { lane: 'reader' };
const UPLOAD: RunOptions = { lane: 'upload' };

let folder: string;
let script: URL;
let pools: Pool[] = [];
let incidents: ChildFailure[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-pool-'));
  const path = join(folder, 'child.mjs');
  await writeFile(path, PROGRAM);
  script = pathToFileURL(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  pools = [];
  incidents = [];
});

function open(options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({
    script,
    size: 1,
    maxWaiting: { reader: 10, upload: 10 },
    minIdle: 1,
    idleMs: 60_000,
    memoryBytes: 1024 * MIB,
    retireBytes: 1024 * MIB,
    timeoutMs: 20_000,
    niceness: 5,
    readable: [],
    onIncident: (failure) => incidents.push(failure),
    ...options,
  });
  pools.push(pool);
  return pool;
}

function run(pool: Pool, task: unknown, options = READER): Promise<unknown> {
  return pool.run(async () => task, options);
}

/** A job that keeps a pool of one busy until its release. */
function occupy(pool: Pool, options = READER) {
  let release = () => {};
  const done = pool.run(
    () =>
      new Promise((resolve) => {
        release = () => resolve(['say', 'done']);
      }),
    options,
  );
  return { done, release: () => release() };
}

function isAlive(pid: unknown): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

async function untilExited(pid: unknown): Promise<void> {
  while (isAlive(pid)) await sleep(10);
}

describe('a child', () => {
  it('runs one job at a time and is reused', async () => {
    const pool = open();
    const first = await run(pool, ['pid']);
    expect(await run(pool, ['pid'])).toBe(first);
    expect(first).not.toBe(process.pid);
  });

  it('receives and returns bytes', async () => {
    const bytes = Buffer.alloc(3 * MIB, 'aurora');
    const said = await run(open(), ['say', new Uint8Array(bytes)]);
    expect(said).toBeInstanceOf(Uint8Array);
    expect(bytes.equals(said as Uint8Array)).toBe(true);
  });

  it('has no secret in its environment', async () => {
    process.env['AURA_POOL_TEST'] = 'secret';
    expect(await run(open(), ['environment'])).not.toContain('AURA_POOL_TEST');
    delete process.env['AURA_POOL_TEST'];
  });

  it('can read its own code and no other file, write nothing and start nothing', async () => {
    const pool = open();
    const data = await mkdtemp(join(tmpdir(), 'aura-pool-data-'));
    const key = join(data, 'master.key');
    await writeFile(key, 'secret');
    expect(await run(pool, ['read', fileURLToPath(script)])).toBe('done');
    for (const path of [key, '/etc/passwd', '/proc/self/environ', `/proc/${process.pid}/environ`]) {
      expect(await run(pool, ['read', path]), path).toBe('ERR_ACCESS_DENIED');
    }
    for (const path of [data, tmpdir()]) {
      expect(await run(pool, ['list', path]), path).toBe('ERR_ACCESS_DENIED');
    }
    for (const path of [key, fileURLToPath(script), 'here']) {
      expect(await run(pool, ['write', path]), path).toBe('ERR_ACCESS_DENIED');
    }
    expect(await run(pool, ['run'])).toBe('ERR_ACCESS_DENIED');
    await rm(data, { recursive: true });
  });

  it('works in an empty folder of its own', async () => {
    const folder = String(await run(open(), ['folder']));
    expect(folder).not.toBe(process.cwd());
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'])('fails its job when it dies of %s', async (signal) => {
    const pool = open();
    await expect(run(pool, ['end', signal])).rejects.toMatchObject({ failure: 'crash' });
    expect(incidents.map(({ failure }) => failure)).toEqual(['crash']);
    expect(await run(pool, ['say', 'next'])).toBe('next');
  });

  it('is killed at its timeout, even when it is blocked', async () => {
    const pool = open({ timeoutMs: 2500 });
    // On a busy machine, the start alone may take so long.
    const retried = (task: readonly unknown[]) =>
      vi.waitFor(() => run(pool, task), { timeout: 30_000 });
    const pid = await retried(['pid']);
    await expect(run(pool, ['block'])).rejects.toMatchObject({ failure: 'timeout' });
    await untilExited(pid);
    expect(await retried(['say', 'next'])).toBe('next');
  });

  it('is killed when it exceeds its memory', async () => {
    const pool = open({ memoryBytes: 200 * MIB });
    const pid = await run(pool, ['pid']);
    await expect(run(pool, ['hog'])).rejects.toMatchObject({ failure: 'memory' });
    await untilExited(pid);
    expect(await run(pool, ['say', 'next'])).toBe('next');
  });

  it('is replaced when it keeps too much memory', async () => {
    const pool = open({ retireBytes: 200 * MIB });
    const pid = await run(pool, ['hold', 250 * MIB]);
    expect(await run(pool, ['pid'])).not.toBe(pid);
    await untilExited(pid);
  });

  it('is reused after an error of a job', async () => {
    const pool = open();
    const pid = await run(pool, ['pid']);
    const failed = run(pool, ['throw', 'no such thing']);
    await expect(failed).rejects.toMatchObject({ failure: 'error' });
    await expect(failed).rejects.toThrow('no such thing');
    expect(await run(pool, ['pid'])).toBe(pid);
  });

  it('that was killed while idle is replaced', async () => {
    const pool = open();
    const pid = await run(pool, ['pid']);
    process.kill(Number(pid), 'SIGKILL');
    await untilExited(pid);
    await sleep(20);
    expect(await run(pool, ['pid'])).not.toBe(pid);
    expect(incidents).toEqual([]);
  });

  it('that cannot start reports why', async () => {
    const path = join(folder, 'broken.mjs');
    await writeFile(path, 'throw new Error("a library is missing")');
    const failed = run(open({ script: pathToFileURL(path) }), ['pid']);
    await expect(failed).rejects.toMatchObject({ failure: 'start' });
    await expect(failed).rejects.toThrow('a library is missing');
  });

  it('that ended before it was ready is replaced once, unnoticed by the job', async () => {
    const path = join(folder, 'second-time.mjs');
    const mark = join(folder, 'begun');
    await writeFile(
      path,
      `import { existsSync } from 'node:fs';
      if (!existsSync(${JSON.stringify(mark)})) process.exit(1);
      process.on('message', () => process.send({ value: 'done' }));
      process.send({ ready: true });`,
    );
    const onIncident = (failure: ChildFailure) => {
      incidents.push(failure);
      writeFileSync(mark, '');
    };
    expect(await run(open({ script: pathToFileURL(path), onIncident }), ['pid'])).toBe('done');
    expect(incidents).toMatchObject([{ failure: 'start' }]);
  });

  it('ends after its idle time, except for the kept ones', async () => {
    const pool = open({ size: 2, idleMs: 50 });
    const pids = await Promise.all([run(pool, ['pid']), run(pool, ['pid'])]);
    expect(new Set(pids).size).toBe(2);
    while (pids.every(isAlive)) await sleep(10);
    await sleep(150);
    expect(pids.filter(isAlive)).toHaveLength(1);
  });
});

describe('a job', () => {
  it('that has started runs to its end when its client disconnects', async () => {
    const pool = open();
    const pid = await run(pool, ['pid']);
    const abort = new AbortController();
    const prepare = async () => {
      abort.abort(new Error('gone'));
      return ['say', 'done'];
    };
    expect(await pool.run(prepare, { ...READER, signal: abort.signal })).toBe('done');
    expect(await run(pool, ['pid'])).toBe(pid);
  });

  it('that waits leaves the queue when its client disconnects', async () => {
    const pool = open({ maxWaiting: { reader: 1, upload: 0 } });
    const { done, release } = occupy(pool);
    const abort = new AbortController();
    let begun = false;
    const prepare = async () => {
      begun = true;
    };
    const job = pool.run(prepare, { ...READER, signal: abort.signal });
    await expect(run(pool, ['pid'])).rejects.toThrow(EngineBusyError);
    abort.abort(new Error('gone'));
    await expect(job).rejects.toThrow('gone');
    const next = run(pool, ['say', 'next']);
    release();
    expect(await done).toBe('done');
    expect(await next).toBe('next');
    expect(begun).toBe(false);
  });

  it('of a disconnected client does not start', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(run(open(), ['pid'], { ...READER, signal })).rejects.toThrow('gone');
  });

  it('fails with the error of its preparation', async () => {
    const pool = open();
    const failing = pool.run(() => Promise.reject(new Error('the disk is gone')), READER);
    await expect(failing).rejects.toThrow('the disk is gone');
    expect(await run(pool, ['say', 'next'])).toBe('next');
  });

  it('is refused when its lane is full', async () => {
    const pool = open({ maxWaiting: { reader: 1, upload: 1 } });
    const { done, release } = occupy(pool);
    const waiting = [run(pool, ['say', 1]), run(pool, ['say', 2], UPLOAD)];
    await expect(run(pool, ['say', 3])).rejects.toThrow(EngineBusyError);
    await expect(run(pool, ['say', 4], UPLOAD)).rejects.toThrow(EngineBusyError);
    release();
    expect(await done).toBe('done');
    expect(await Promise.all(waiting)).toEqual([1, 2]);
  });

  it('of a read has priority, but does not starve uploads', async () => {
    const pool = open();
    const { release } = occupy(pool, UPLOAD);
    const order: unknown[] = [];
    const note = (name: string, options: RunOptions) =>
      run(pool, ['say', name], options).then((said) => order.push(said));
    const all = [
      note('upload 1', UPLOAD),
      note('upload 2', UPLOAD),
      ...[1, 2, 3, 4].map((n) => note(`reader ${n}`, READER)),
    ];
    release();
    await Promise.all(all);
    expect(order).toEqual(['reader 1', 'reader 2', 'reader 3', 'upload 1', 'reader 4', 'upload 2']);
  });

  it('that is short has a child of its own, while others wait', async () => {
    const pool = open({ shortNiceness: 3 });
    const { done, release } = occupy(pool);
    const long = run(pool, ['say', 'long']);
    const short = { ...READER, isShort: true };
    const own = pool.run(async (place) => ['say', place], short);
    const others = { ...short, owner: { project: 'my-app', client: '192.0.2.1' } };
    expect(await pool.run(async (place) => ['say', place], others)).toBe('short');
    release();
    expect(await done).toBe('done');
    expect(await long).toBe('long');
    // Its owner had a job running: it waited with the others.
    expect(await own).toBe('any');
  });

  it('is killed at its limit of CPU time, and reports what it took', async () => {
    const pool = open();
    await run(pool, ['pid']);
    const spent: number[] = [];
    const limited = { ...READER, cpuMs: 300, onSpent: (ms: number) => spent.push(ms) };
    await expect(run(pool, ['spin'], limited)).rejects.toMatchObject({ failure: 'timeout' });
    expect(spent).toHaveLength(1);
    expect(spent[0]).toBeGreaterThan(300);
    // One that waits and does nothing takes no CPU time.
    expect(await run(pool, ['say', 'next'], limited)).toBe('next');
  });

  it('waits until the pool may start it', async () => {
    let may = false;
    const pool = open({ mayStart: () => may });
    let done = false;
    const job = run(pool, ['say', 'done']).then(() => {
      done = true;
    });
    await sleep(100);
    expect(done).toBe(false);
    may = true;
    pool.resume();
    await job;
  });
});

describe('close', () => {
  it('ends running and waiting jobs, leaves no process, and is no incident', async () => {
    const pool = open();
    const pid = await run(pool, ['pid']);
    const jobs = [run(pool, ['spin']), run(pool, ['pid'])];
    const settled = Promise.allSettled(jobs);
    await sleep(50);
    await pool.close();
    expect(isAlive(pid)).toBe(false);
    const busy = { status: 'rejected', reason: expect.any(EngineBusyError) };
    expect(await settled).toEqual([busy, busy]);
    await expect(run(pool, ['pid'])).rejects.toThrow('closed');
    expect(incidents).toEqual([]);
  });
});
