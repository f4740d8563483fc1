import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { startTestServer, type TestServer, type TestServerOptions } from '../../harness/server.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { keysIn } from './rados-gateway.js';

/** A new bucket for servers, behind a proxy. */
export interface ServerBucket {
  readonly proxy: FaultProxy;
  /** The settings of a server that uses the bucket. */
  readonly env: Readonly<Record<string, string>>;
  start(options?: TestServerOptions): Promise<TestServer>;
  /** All keys of the bucket. */
  keys(): Promise<string[]>;
}

export async function openServerBucket(): Promise<ServerBucket> {
  const { endpoint, accessKeyId, secretAccessKey, configFile } = inject('s3');
  const proxy = await startFaultProxy(endpoint);
  const name = `server-${randomUUID()}`;
  const env = {
    AURA_STORAGE: `s3://${name}?endpoint=${proxy.endpoint}&create=true&timeout=4`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AURA_LOG_LEVEL: 'warn',
    AURA_UPLOADS_PER_MINUTE: '100000',
  };
  return {
    proxy,
    env,
    start: (options = {}) => startTestServer({ ...options, env: { ...env, ...options.env } }),
    keys: () => keysIn(configFile, name),
  };
}
