import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ask, expectError, json } from '../acceptance/support/serve-request.js';
import { drawing } from '../files/pictures.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { until } from '../heavy/support/until.js';
import { type PostgresServer, startPostgres } from './support/server.js';

let database: PostgresServer;
let server: TestServer;

beforeAll(async () => {
  database = await startPostgres({ template: inject('postgresTemplate') });
  server = await startTestServer({ env: { AURA_DATABASE_URL: await database.createDatabase() } });
});

afterAll(async () => {
  await server?.kill();
  await database?.stop();
});

it('does not query a database that has become a replica, whose rows may be stale', async () => {
  const { url } = await upload(server, await drawing(64, 64).jpeg().toBuffer(), 'public');
  const [{ data_directory: folder } = { data_directory: '' }] = await database.sql<{
    data_directory: string;
  }>('SHOW data_directory');
  const signal = join(folder, 'standby.signal');
  const becomes = async (change: () => Promise<void>) => {
    await database.shutDown();
    await change();
    await database.start();
  };

  await becomes(() => writeFile(signal, ''));
  expect(await database.sql('SELECT pg_is_in_recovery() AS replica')).toEqual([{ replica: true }]);
  expectError(await ask(url), 503, 'storage_unavailable');
  const ready = await ask(`${server.url}/ready`);
  expect(json(ready)).toMatchObject({
    database: 'unavailable',
    message: expect.stringContaining('primary'),
  });

  await becomes(() => rm(signal));
  await until('a read', async () => ((await ask(url)).status === 200 ? true : null));
});
