import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findCommand, installFromDebian } from '../../harness/debian.js';
import { freePorts } from '../../harness/ports.js';
import { removeFolder } from '../../harness/remove.js';

const START_LIMIT_MS = 120_000;
const POLL_MS = 100;

const run = promisify(execFile);

/** A real S3 store on this machine. */
export interface RadosGateway {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Environment in which Ceph's commands find it. */
  readonly configFile: string;
  /** Resolves when it responds; rejects with the reason and its logs if it does not start. */
  readonly up: Promise<void>;
  stop(): Promise<void>;
}

/** Debian's packages, each of a command of the same name. */
const PACKAGES = ['ceph-mon', 'ceph-osd', 'radosgw'];

/**
 * Starts Ceph with one monitor, one disk in memory and its S3 gateway, and installs missing packages if this
 * process may. Its files are in a temporary folder, and it listens on loopback. Resolves when its address is
 * known; `up` resolves when it responds there.
 */
export async function startRadosGateway(): Promise<RadosGateway> {
  const missing = PACKAGES.filter((name) => findCommand(name) === undefined);
  if (missing.length > 0) installFromDebian(...missing);
  const root = await mkdtemp(join(tmpdir(), 'aura-ceph-'));
  const cluster = createCluster(root);
  const ports = await freePorts(3);
  const access = {
    endpoint: `http://127.0.0.1:${ports[0]}`,
    accessKeyId: 'tester',
    secretAccessKey: randomUUID(),
  };
  const up = bringUp(cluster, ports, access).catch(async (error: unknown) => {
    const why = error instanceof Error ? error.message : error;
    const logs = await cluster.logs();
    await cluster.stop();
    throw new Error(`Ceph does not start: ${why}\n${logs}`);
  });
  return {
    ...access,
    configFile: cluster.path('ceph.conf'),
    up,
    async stop() {
      await cluster.stop();
      await up.catch(() => {}); // the caller that awaits it gets the error
    },
  };
}

type Access = Pick<RadosGateway, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>;

async function bringUp(
  { root, path, command, start, isStopped }: Cluster,
  [port = 0, monitor = 0, monitorV1 = 0]: readonly number[],
  { endpoint, accessKeyId, secretAccessKey }: Access,
): Promise<void> {
  const until = (work: () => Promise<unknown>) => retry(work, isStopped);
  const fsid = randomUUID();
  const folders = ['mon', 'osd', 'rgw', 'run'].map((name) => mkdir(join(root, name)));
  await Promise.all(folders);
  const addresses = `[v2:127.0.0.1:${monitor},v1:127.0.0.1:${monitorV1}]`;
  await writeFile(path('ceph.conf'), configuration(root, fsid, addresses, port));

  const keyring = (...args: string[]) => command('ceph-authtool', path('keyring'), ...args);
  await keyring('--create-keyring', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
  const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
  for (const name of ['client.admin', 'client.rgw', 'osd.0']) {
    await keyring('--gen-key', '-n', name, ...all);
  }
  const map = ['--create', '--addv', 'a', addresses, '--fsid', fsid, path('monmap')];
  await command('monmaptool', ...map);
  await command('ceph-mon', '--mkfs', '-i', 'a', '--monmap', path('monmap'));
  start('ceph-mon', '-f', '-i', 'a');
  await until(() => command('ceph', '--connect-timeout', '5', 'status'));

  const disk = randomUUID();
  await command('ceph', 'osd', 'new', disk, '0');
  await command('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
  start('ceph-osd', '-f', '-i', '0');
  start('radosgw', '-f', '-n', 'client.rgw');
  const user = ['--uid=tester', '--display-name=Tester', `--access-key=${accessKeyId}`];
  const secret = `--secret-key=${secretAccessKey}`;
  await command('radosgw-admin', '-n', 'client.rgw', 'user', 'create', ...user, secret);
  await until(() => fetch(endpoint));
}

type Cluster = ReturnType<typeof createCluster>;

/** The processes of a cluster in a folder, and its commands. */
function createCluster(root: string) {
  const processes: ChildProcess[] = [];
  let stopped = false;
  const env = { ...process.env, CEPH_CONF: join(root, 'ceph.conf') };
  return {
    root,
    path: (name: string) => join(root, name),
    command: (name: string, ...args: string[]) => run(name, args, { env }),
    start(name: string, ...args: string[]): void {
      // It ends with this process, even after a kill.
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', name, ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const log = createWriteStream(join(root, `${name}.out`));
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      child.on('error', () => {}); // the wait for it reports the failure
      processes.push(child);
    },
    async logs(): Promise<string> {
      const names = ['ceph-mon.out', 'ceph-osd.out', 'radosgw.out'];
      const texts = names.map((name) => readFile(join(root, name), 'utf8').catch(() => ''));
      return (await Promise.all(texts)).map((text) => text.slice(-2000)).join('\n');
    },
    isStopped: () => stopped,
    async stop(): Promise<void> {
      stopped = true;
      for (const child of processes.reverse()) {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
          continue;
        const ended = once(child, 'exit');
        child.kill('SIGKILL'); // its data is not needed any more
        await ended;
      }
      await removeFolder(root);
    },
  };
}

function configuration(root: string, fsid: string, monitors: string, port: number): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitors}
public network = 127.0.0.0/8
public addr = 127.0.0.1
keyring = ${root}/keyring
run dir = ${root}/run
admin socket = ${root}/run/$name.asok
log file =
pid file =
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
[mon]
mon data = ${root}/mon
mon data avail crit = 1
mon data avail warn = 2
[osd]
osd data = ${root}/osd
[client.rgw]
rgw data = ${root}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw enable usage log = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw run sync thread = false
rgw thread pool size = 64
`;
}

/** All object keys of a bucket, listed by the store itself. */
export async function keysIn(configFile: string, bucket: string): Promise<string[]> {
  const limit = ['--max-entries', '10000'];
  const args = ['-n', 'client.rgw', 'bucket', 'list', '--bucket', bucket, ...limit];
  const env = { ...process.env, CEPH_CONF: configFile };
  const { stdout } = await run('radosgw-admin', args, { env, maxBuffer: 2 ** 27 });
  const entries = JSON.parse(stdout) as readonly { readonly name: string }[];
  return entries.map(({ name }) => name);
}

/** Retries until it succeeds; throws the last failure after a timeout or an abort. */
async function retry(work: () => Promise<unknown>, isStopped: () => boolean): Promise<void> {
  const started = Date.now();
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (isStopped() || Date.now() - started > START_LIMIT_MS) throw error;
    }
    await sleep(POLL_MS);
  }
}
