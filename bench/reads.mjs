import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noiseImage } from './support/images.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { nginxVersion, startNginx } from './support/nginx.mjs';
import { heading, median, progress, ratio, rounded, table } from './support/print.mjs';
import { cpuSeconds, startServer, uploadImage } from './support/server.mjs';
import { requestsPerSecond, slowestPercent } from './support/wrk.mjs';

const BARE = fileURLToPath(new URL('support/bare-server.mjs', import.meta.url));
const SIZES = { '10 KB': 10_000, '100 KB': 100_000, '1 MB': 1_000_000 };
const LARGE = 8_000_000;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = 2;
/** V8 needs thousands of requests before it has compiled everything. */
const WARM_SECONDS = 2;
const CONNECTIONS = 32;
/** Links of a server, each with a token of its own: most links are read once. */
const LINKS = 2000;

/**
 * Measures signed reads of private masters, compared with nginx with `secure_link` and the same files. All
 * alternate, so that other load on the machine affects all. A Node binary in `BENCH_NODE` runs the server, too;
 * `BENCH_ROUNDS` is how many rounds there are.
 */
export async function benchReads() {
  needs('nginx', 'nginx-light');
  needs('wrk', 'wrk');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  try {
    heading(`Signed reads of private masters (${nginxVersion()}, secure_link)`);
    await onFastLoopback(async () => {
      const head = ['size', 'processes', 'server', 'reads/s', 'ratio', 'CPU ms per read'];
      const one = await compare(join(folder, 'one'), 1, SIZES);
      const two = await compare(join(folder, 'two'), 2, { '100 KB': SIZES['100 KB'] });
      table([head, ...one, ...two]);
      heading('Reads of 10 KB, alone and beside reads of 8 MB');
      table([
        ['server', 'p99 ms alone', 'p99 ms beside 16', 'reads/s of 8 MB'],
        ...(await besideLarge(join(folder, 'beside'))),
      ]);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The Nodes that run the server. */
function nodes() {
  const other = process.env['BENCH_NODE'];
  /** @type {Record<string, string>} */
  const found = { [`AuraImage, Node ${process.version}`]: process.execPath };
  if (other !== undefined) found[`AuraImage, ${other}`] = other;
  return Object.entries(found);
}

/**
 * @param {string} folder
 * @param {1 | 2} processes
 * @param {Readonly<Record<string, number>>} sizes
 */
async function compare(folder, processes, sizes) {
  const nginx = await startNginx(join(folder, 'nginx'), processes);
  /** @type {(() => Promise<void>)[]} */
  const stops = [nginx.stop];
  try {
    const servers = [];
    for (const [index, [name, node]] of nodes().entries()) {
      const dataDir = join(folder, `data${index}`);
      const first = await startServer({ dataDir, node });
      const all = [first];
      if (processes === 2) all.push(await startServer({ dataDir, node, secrets: first.secrets }));
      for (const server of all) stops.push(server.stop);
      servers.push({ name, all });
    }
    const checker = await startChecker(folder);
    stops.push(checker.stop);

    const rows = [];
    for (const [label, bytes] of Object.entries(sizes)) {
      const image = await noiseImage(bytes);
      const file = `${bytes}.png`;
      await writeFile(join(folder, 'nginx/files', file), image);
      /** @type {Record<string, Side>} */
      const sides = {
        nginx: {
          urls: Array.from({ length: processes }, () => nginx.signedUrl(file)),
          pids: nginx.workerPids,
        },
      };
      for (const [index, { name, all }] of servers.entries()) {
        const [first] = all;
        if (first === undefined) continue;
        const key = await uploadImage(first, image, 'private');
        const script = join(folder, `${bytes}-${index}.lua`);
        await writeFile(script, await linksScript(first.aura, key));
        const pids = all.map(({ pid }) => pid);
        sides[name] = { urls: all.map(({ url }) => url), pids, script };
        const urls = await Promise.all(all.map(({ aura }) => aura.getSignedUrl(key)));
        sides[`${name}, always the same link`] = { urls, pids };
        const recipient = 'customer:42';
        const given = all.map(({ aura }) => aura.getSignedUrl(key, { recipient }));
        sides[`${name}, with a recipient`] = { urls: await Promise.all(given), pids };
      }
      if (processes === 1) {
        const key = await uploadImage(checker.server, image, 'private');
        const url = checker.checkedUrl(await checker.server.aura.getSignedUrl(key));
        sides['nginx, checked by AuraImage'] = { urls: [url], pids: checker.pids };
        const bare = await startBare(join(folder, 'nginx/files', file));
        stops.push(bare.stop);
        sides['Node alone, unchecked'] = { urls: [bare.url], pids: [bare.pid] };
      }
      const measured = await alternate(sides, `${label}, ${processes} of each server`);
      rows.push(...measured.map((row) => [label, processes, ...row]));
    }
    return rows;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}

/**
 * A script of `wrk` that reads many links to an image in turn.
 *
 * @param {import('./support/server.mjs').BenchServer['aura']} aura
 * @param {string} key
 */
async function linksScript(aura, key) {
  const links = await Promise.all(
    Array.from({ length: LINKS }, (_, index) =>
      aura.getSignedUrl(key, { expiresIn: 3600 + index }),
    ),
  );
  const targets = links.map((link) => link.slice(new URL(link).origin.length));
  return `local targets = { ${targets.map((target) => JSON.stringify(target)).join(',')} }
local requests, at = {}, 0
function init() for index, target in ipairs(targets) do requests[index] = wrk.format("GET", target) end end
function request() at = at % #requests + 1 return requests[at] end
`;
}

/**
 * A server of Node's without any of our code.
 *
 * @param {string} file
 */
async function startBare(file) {
  const child = spawn(process.execPath, [BARE, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${String(port).trim()}/`,
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/**
 * An nginx that sends the files of a server that checks the requests.
 *
 * @param {string} folder
 */
async function startChecker(folder) {
  const dataDir = join(folder, 'checked');
  const settings = { AURA_ACCEL_REDIRECT: '/_masters/', AURA_TRUSTED_PROXIES: '127.0.0.1' };
  const server = await startServer({ dataDir, settings });
  const nginx = await startNginx(join(folder, 'front'), 1, { url: server.url, dataDir });
  return {
    server,
    checkedUrl: nginx.checkedUrl,
    pids: [server.pid, ...nginx.workerPids],
    async stop() {
      await nginx.stop();
      await server.stop();
    },
  };
}

/** @typedef {{ urls: readonly string[], pids: readonly number[], script?: string }} Side */

/**
 * @param {Readonly<Record<string, Side>>} sides
 * @param {string} what is shown
 */
async function alternate(sides, what) {
  progress(`${what}: warming up`);
  for (const side of Object.values(sides)) await measure(side, WARM_SECONDS);
  /** @type {Record<string, Measured[]>} */
  const runs = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    progress(`${what}: round ${round + 1} of ${ROUNDS}`);
    for (const [name, side] of Object.entries(sides)) runs[name]?.push(await measure(side));
  }
  const speedOf = (/** @type {Measured[]} */ measured) =>
    median(measured.map((run) => run.perSecond));
  const base = speedOf(runs['nginx'] ?? []);
  return Object.entries(runs).map(([name, measured]) => {
    const perSecond = speedOf(measured);
    const cpu = median(measured.map((run) => run.cpuMs));
    return [name, rounded(perSecond), ratio(perSecond / base), cpu.toFixed(3)];
  });
}

/** @typedef {{ perSecond: number, cpuMs: number }} Measured */

/**
 * One load generator per URL, concurrently.
 *
 * @param {Side} side
 * @param {number} [seconds]
 * @returns {Promise<Measured>}
 */
async function measure({ urls, pids, script }, seconds = SECONDS) {
  const cpu = async () => (await Promise.all(pids.map(cpuSeconds))).reduce((a, b) => a + b, 0);
  const before = await cpu();
  const load = { connections: CONNECTIONS / urls.length, seconds, ...(script && { script }) };
  const rates = await Promise.all(urls.map((url) => requestsPerSecond(url, load)));
  const perSecond = rates.reduce((a, b) => a + b, 0);
  return { perSecond, cpuMs: (((await cpu()) - before) / (perSecond * seconds)) * 1000 };
}

/**
 * How long small reads wait for large ones of other connections.
 *
 * @param {string} folder
 */
async function besideLarge(folder) {
  const nginx = await startNginx(join(folder, 'nginx'), 1);
  const server = await startServer({ dataDir: join(folder, 'data') });
  try {
    const [small, large] = await Promise.all([noiseImage(10_000), noiseImage(LARGE)]);
    await writeFile(join(folder, 'nginx/files/small.png'), small);
    await writeFile(join(folder, 'nginx/files/large.png'), large);
    const signed = async (/** @type {Uint8Array<ArrayBuffer>} */ image) =>
      server.aura.getSignedUrl(await uploadImage(server, image, 'private'));
    const sides = {
      nginx: [nginx.signedUrl('small.png'), nginx.signedUrl('large.png')],
      AuraImage: [await signed(small), await signed(large)],
    };
    /** @type {Record<string, { alone: number[], beside: number[], large: number[] }>} */
    const runs = {
      nginx: { alone: [], beside: [], large: [] },
      AuraImage: { alone: [], beside: [], large: [] },
    };
    const few = { connections: 4, seconds: SECONDS };
    for (let round = 0; round < ROUNDS; round++) {
      progress(`10 KB beside 8 MB: round ${round + 1} of ${ROUNDS}`);
      for (const [name, [smallUrl = '', largeUrl = '']] of Object.entries(sides)) {
        const run = runs[name];
        if (run === undefined) continue;
        run.alone.push(await slowestPercent(smallUrl, few));
        const both = await Promise.all([
          slowestPercent(smallUrl, few),
          requestsPerSecond(largeUrl, { connections: 16, seconds: SECONDS }),
        ]);
        run.beside.push(both[0]);
        run.large.push(both[1]);
      }
    }
    return Object.entries(runs).map(([name, { alone, beside, large: rates }]) => [
      name,
      median(alone).toFixed(2),
      median(beside).toFixed(2),
      rounded(median(rates)),
    ]);
  } finally {
    await Promise.all([nginx.stop(), server.stop()]);
  }
}
