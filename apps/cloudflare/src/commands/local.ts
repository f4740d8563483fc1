import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Environment, localUrlOf, readSettings, setting, types } from '@auraimage/host';
import type { Miniflare, MiniflareOptions } from 'miniflare';
import { readConfig, SETTINGS } from '../settings.js';
import { deployedOptions } from './deployed.js';
import { masterKeyAt, takeSteps } from './take-steps.js';

const DIST = fileURLToPath(new URL('../..', import.meta.url));
/** What is deployed. */
const PROGRAM = join(DIST, 'worker/worker.js');
/** Interval of the cron trigger, in milliseconds. */
const MINUTE_MS = 60_000;

/** Of this machine. The Worker has its own. */
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

export interface LocalOptions {
  /** What has the settings. */
  readonly environment: Environment;
  /** Whether `write` writes to a terminal. Any other output may be a log, which must hold no secret. */
  readonly isTerminal: boolean;
  /** Writes what a person reads. */
  readonly write: (text: string) => void;
  /** Writes the log. */
  readonly writeLog: (text: string) => void;
  /** Another program than the one that is deployed. */
  readonly program?: string | undefined;
}

/** The Worker in workerd on this machine. */
export interface LocalWorker {
  /** Waits for workerd, lets the Worker take the first steps, and runs its jobs each minute. */
  start(): Promise<void>;
  /** Ends workerd at once. */
  stop(): Promise<void>;
}

/**
 * Creates the Worker as it is deployed, but in workerd on this machine.
 *
 * @throws {ConfigError} if a setting is wrong
 */
export async function createLocalWorker(options: LocalOptions): Promise<LocalWorker> {
  const { environment, isTerminal, write, writeLog } = options;
  const own = readSettings(OWN_SETTINGS, environment);
  const dataDir = resolve(own.dataDir);
  const port = own.port === 0 ? await freePort() : own.port;
  const setupToken = randomBytes(32).toString('hex');
  const bindings = {
    AURA_PUBLIC_URL: `http://localhost:${port}`,
    AURA_MASTER_KEY: await masterKeyAt(join(dataDir, 'master.key')),
    ...settingsOf(environment),
    AURA_SETUP_TOKEN: setupToken,
  };
  readConfig(bindings); // before workerd starts, for its messages
  // Only now, because it takes half a second to load.
  const { Log, LogLevel, Miniflare } = await import('miniflare');
  const log = new Log(LogLevel.ERROR);
  const worker = new Miniflare({ ...optionsOf(dataDir, bindings, options), log, host: HOST, port });
  let jobs: NodeJS.Timeout | undefined;
  return {
    async start() {
      await worker.ready;
      const url = localUrlOf(HOST, port);
      const steps = { url, setupToken, folder: dataDir, isTerminal, write };
      const { cdnUrl, appUrl } = await takeSteps(steps);
      jobs = setInterval(() => void runJobs(worker, writeLog), MINUTE_MS).unref();
      if (cdnUrl !== url) write(`# On this machine: ${url}\n`);
      write(`# Dashboard: ${appUrl}/dashboard\nAuraImage listens on ${cdnUrl}\n`);
    },
    async stop() {
      clearInterval(jobs);
      await worker.dispose();
    },
  };
}

/** The deployed Worker, on this machine. */
function optionsOf(
  dataDir: string,
  bindings: Readonly<Record<string, string>>,
  { program, writeLog }: LocalOptions,
): MiniflareOptions {
  return {
    ...deployedOptions(dataDir),
    name: 'auraimage',
    modulesRoot: join(DIST, 'worker'),
    modules: [
      { type: 'ESModule', path: PROGRAM, ...(program !== undefined && { contents: program }) },
    ],
    bindings,
    handleRuntimeStdio(...streams: Readable[]) {
      for (const stream of streams) stream.setEncoding('utf8').on('data', writeLog);
    },
  };
}

/** Variables of the environment that the Worker reads. */
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

async function runJobs(worker: Miniflare, writeLog: LocalOptions['writeLog']): Promise<void> {
  try {
    const { scheduled } = (await worker.getWorker()) as unknown as Scheduled;
    await scheduled({ scheduledTime: new Date(), cron: '* * * * *' });
  } catch (error) {
    writeLog(`The jobs of this minute failed: ${error}\n`);
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
