import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { startTestServer, type TestServer, type TestServerOptions } from '../../harness/server.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { keysIn } from './rados-gateway.js';

/** A bucket of its own for servers, with a proxy before it. */
export interface ServerBucket {
  readonly proxy: FaultProxy;
  /** What names the bucket and its keys to a server. */
  readonly env: Readonly<Record<string, string>>;
  start(options?: TestServerOptions): Promise<TestServer>;
  /** Keys of everything in it. */
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
    AURA_UPLOADS_PER_MINUTE_PER_CLIENT: '100000',
  };
  return {
    proxy,
    env,
    start: (options = {}) => startTestServer({ ...options, env: { ...env, ...options.env } }),
    keys: () => keysIn(configFile, name),
  };
}
