import { randomBytes, randomUUID } from 'node:crypto';
import { AuraImage } from '@auraimage/sdk';
import { inject } from 'vitest';
import { runCommand } from '../../acceptance/support/upload-command.js';
import { freePorts } from '../../harness/ports.js';
import { type Credentials, parseEnvBlock, temporaryFolder } from '../../harness/server.js';
import { type PostgresServer, startPostgres } from '../../postgres/support/server.js';
import { type FaultProxy, startFaultProxy } from '../../s3/support/fault-proxy.js';
import { createMember, type Member } from './member.js';
import { type Nginx, startNginx } from './nginx.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** A server, and the proxies between it and the shared stores. */
export interface ClusterServer extends Member {
  readonly toStore: FaultProxy;
  readonly toDatabase: TcpProxy;
}

/** Several servers behind nginx, with one database and one bucket. Each has its own folder. */
export interface Cluster {
  readonly servers: readonly [ClusterServer, ClusterServer, ClusterServer];
  readonly nginx: Nginx;
  readonly database: PostgresServer;
  readonly credentials: Credentials;
  /** Sends requests to nginx. */
  readonly aura: AuraImage;
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** Returns the words before the third server's command, such as `unshare …`. */
  readonly wrapLast?: (dataDir: string) => readonly string[];
}

const NAMES = ['first', 'second', 'third'] as const;

/** Longest operation on the store. */
const STORAGE_SECONDS = 4;

export async function openCluster({ wrapLast }: ClusterOptions = {}): Promise<Cluster> {
  const { endpoint, accessKeyId, secretAccessKey } = inject('s3');
  const database = await startPostgres({ template: inject('postgresTemplate') });
  await database.sql('CREATE DATABASE shared');
  const shared = {
    AURA_MASTER_KEY: randomBytes(32).toString('hex'),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AURA_LOG_LEVEL: 'warn',
    AURA_TRUSTED_PROXIES: 'loopback',
    ...LIMITS,
  };
  const bucket = `cluster-${randomUUID()}`;
  const storage = (at: string) =>
    `s3://${bucket}?endpoint=${at}&create=true&timeout=${STORAGE_SECONDS}`;
  const ports = await freePorts(NAMES.length);
  const nginx = await startNginx(ports);

  const dataDir = await temporaryFolder();
  const { code, stdout, stderr } = await runCommand(['seed', '--project', 'shared'], {
    ...shared,
    AURA_DATA_DIR: dataDir,
    AURA_STORAGE: storage(endpoint),
    AURA_DATABASE_URL: database.url('shared'),
    AURA_PUBLIC_URL: nginx.url,
  });
  if (code !== 0) throw new Error(`seed ended with ${code}: ${stderr}`);
  const credentials = parseEnvBlock(stdout);

  const create = async (name: string, index: number): Promise<ClusterServer> => {
    const toStore = await startFaultProxy(endpoint);
    const toDatabase = await startTcpProxy(database.port);
    const member = await createMember({
      name,
      port: ports[index] ?? 0,
      env: {
        ...shared,
        AURA_PUBLIC_URL: nginx.url,
        AURA_STORAGE: storage(toStore.endpoint),
        AURA_DATABASE_URL: database.url('shared', toDatabase.port),
      },
      ...(wrapLast && index === NAMES.length - 1 && { wrap: wrapLast }),
    });
    return { ...member, toStore, toDatabase };
  };
  const servers = (await Promise.all(NAMES.map(create))) as unknown as Cluster['servers'];
  await Promise.all(servers.map((server) => server.start()));
  return {
    servers,
    nginx,
    database,
    credentials,
    aura: new AuraImage(credentials),
    async close() {
      await nginx.stop();
      for (const server of servers) {
        await server.remove();
        await server.toStore.stop();
        await server.toDatabase.stop();
      }
      await database.stop();
    },
  };
}

/** Far above the tests' rates, so that no limit applies. */
const LIMITS = {
  AURA_UPLOADS_PER_MINUTE: '1000000',
  AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
};
