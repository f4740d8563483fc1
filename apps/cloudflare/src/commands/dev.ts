import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Environment, localUrlOf, readSettings, setting, types } from '@auraimage/host';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { readConfig, SETTINGS } from '../settings.js';
import { deployedOptions } from './deployed.js';
import { masterKeyAt, takeSteps } from './take-steps.js';

// `npm run dev:cloudflare`: the Worker in workerd on this machine, without an account.

const DIST = fileURLToPath(new URL('../..', import.meta.url));
/** Interval of the cron trigger, in milliseconds. */
const MINUTE_MS = 60_000;

/** Of this command. The Worker has its own. */
const OWN_SETTINGS = {
  port: setting({
    name: 'PORT',
    type: types.whole(0, 65_535),
    default: '8787',
    description: 'TCP port. 0 takes a free one.',
  }),
  dataDir: setting({
    name: 'AURA_DATA_DIR',
    type: types.textUpTo(4096),
    default: 'aura-data-cloudflare',
    description: 'Folder for the database, images and the master key.',
  }),
};

const HOST = '127.0.0.1';

async function start(): Promise<void> {
  const own = readSettings(OWN_SETTINGS, process.env);
  const dataDir = resolve(own.dataDir);
  const port = own.port === 0 ? await freePort() : own.port;
  const setupToken = randomBytes(32).toString('hex');
  const bindings = {
    AURA_PUBLIC_URL: `http://localhost:${port}`,
    AURA_MASTER_KEY: await masterKeyAt(join(dataDir, 'master.key')),
    ...settingsOf(process.env),
    AURA_SETUP_TOKEN: setupToken,
  };
  readConfig(bindings); // before workerd starts, for its messages
  const worker = new Miniflare({ ...optionsOf(dataDir, bindings), host: HOST, port });
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      void worker.dispose().then(() => process.exit(0));
    });
  }
  await worker.ready;
  const isTerminal = process.stdout.isTTY;
  const write = (text: string) => void process.stdout.write(text);
  const url = localUrlOf(HOST, port);
  const steps = { url, setupToken, folder: dataDir, isTerminal, write };
  const { cdnUrl, appUrl } = await takeSteps(steps);
  setInterval(() => void runJobs(worker), MINUTE_MS).unref();
  if (cdnUrl !== url) write(`# On this machine: ${url}\n`);
  write(`# Dashboard: ${appUrl}/dashboard\nAuraImage listens on ${cdnUrl}\n`);
}

/** The deployed Worker, on this machine. */
function optionsOf(dataDir: string, bindings: Readonly<Record<string, string>>): MiniflareOptions {
  return {
    ...deployedOptions(dataDir),
    name: 'auraimage',
    modulesRoot: join(DIST, 'worker'),
    modules: [{ type: 'ESModule', path: join(DIST, 'worker/worker.js') }],
    bindings,
    // Standard output is for what a person reads.
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      stdout.pipe(process.stderr, { end: false });
      stderr.pipe(process.stderr, { end: false });
    },
  };
}

/** Variables of this process that the Worker reads. */
function settingsOf(environment: Environment): Record<string, string> {
  const given = Object.values(SETTINGS).flatMap(({ name }) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** miniflare's types have it only beside those of `@cloudflare/workers-types`. */
interface Scheduled {
  scheduled(event: { readonly scheduledTime: Date; readonly cron: string }): Promise<unknown>;
}

async function runJobs(worker: Miniflare): Promise<void> {
  try {
    const { scheduled } = (await worker.getWorker()) as unknown as Scheduled;
    await scheduled({ scheduledTime: new Date(), cron: '* * * * *' });
  } catch (error) {
    process.stderr.write(`The jobs of this minute failed: ${error}\n`);
  }
}

/** The Worker must know its address before it starts. */
function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

start().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text =
    code === 'EADDRINUSE' || code === 'ERR_ADDRESS_IN_USE'
      ? 'The port is in use: set PORT to another, or 0 for a free one'
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
