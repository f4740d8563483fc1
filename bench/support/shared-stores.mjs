import { randomUUID } from 'node:crypto';
import { loadTypeScript } from './typescript.mjs';

/**
 * @typedef {typeof import('../../tests/postgres/support/server.js')} Postgres
 * @typedef {typeof import('../../tests/s3/support/rados-gateway.js')} Rados
 */

/**
 * Starts PostgreSQL and Ceph on this machine, and returns the settings of a server with a new database and a new
 * prefix of the bucket.
 */
export async function startSharedStores() {
  const { startPostgres } = /** @type {Postgres} */ (
    await loadTypeScript('tests/postgres/support/server.ts')
  );
  const { startRadosGateway } = /** @type {Rados} */ (
    await loadTypeScript('tests/s3/support/rados-gateway.ts')
  );
  const gateway = await startRadosGateway();
  // As in production. The tests turn it off and do not wait for the disk.
  const postgres = await startPostgres({ settings: ['fsync=on', 'shared_buffers=128MB'] });
  await gateway.up;
  return {
    /** @returns {Promise<Record<string, string>>} */
    async settings() {
      const place = `s3://bench/${randomUUID()}`;
      return {
        AURA_DATABASE_URL: await postgres.createDatabase(),
        AURA_STORAGE: `${place}?endpoint=${gateway.endpoint}&create=true`,
        AWS_ACCESS_KEY_ID: gateway.accessKeyId,
        AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey,
      };
    },
    async stop() {
      await Promise.all([postgres.stop(), gateway.stop()]);
    },
  };
}
