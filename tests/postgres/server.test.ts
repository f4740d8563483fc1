import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ask, expectError } from '../acceptance/support/serve-request.js';
import { drawing } from '../files/pictures.js';
import { programOf } from '../harness/program.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { faultsOf, listImages } from '../heavy/support/library.js';
import { until } from '../heavy/support/until.js';
import { type PostgresServer, startPostgres } from './support/server.js';

const run = promisify(execFile);

describe('a server whose records are in PostgreSQL', () => {
  let postgres: PostgresServer;
  let env: { AURA_DATABASE_URL: string };
  let dataDir: string;
  let server: TestServer;
  beforeAll(async () => {
    postgres = await startPostgres({ template: inject('postgresTemplate') });
    env = { AURA_DATABASE_URL: await postgres.createDatabase() };
    dataDir = await temporaryFolder();
    server = await startTestServer({ dataDir, env });
  });
  afterAll(async () => {
    await server?.kill();
    await postgres?.stop();
    await removeFolder(dataDir);
  });

  const command = (...args: readonly string[]) =>
    run(process.execPath, [programOf(), ...args], {
      env: { PATH: process.env['PATH'], AURA_DATA_DIR: dataDir, ...env },
    });

  it('stores a project and its image there', async () => {
    expect((await ask(server.sample.unsigned)).status).toBe(403);
    expect((await ask(server.sample.signed)).status).toBe(200);
    const database = new URL(env.AURA_DATABASE_URL).pathname.slice(1);
    const rows = await postgres.sql('SELECT visibility FROM images', database);
    expect(rows).toEqual([{ visibility: 'private' }]);
  });

  it('seeds projects while a server is running, and does not change its master key', async () => {
    const { stdout } = await command('seed', '--project', 'seeded');
    expect(stdout).toContain('NEXT_PUBLIC_AURA_PROJECT_NAME=seeded');
    await expect(command('rekey')).rejects.toThrow('A server has the database open');
  });

  it('recovers after the database was stopped or crashed, with everything confirmed', async () => {
    const file = await drawing(320, 240).jpeg().toBuffer();
    const { key, url } = await upload(server, file, 'public');
    await postgres.shutDown();
    expectError(await ask(url), 503, 'storage_unavailable');
    await postgres.start();
    await until('an answer', async () => ((await ask(url)).status === 200 ? true : null));

    await server.aura.setVisibility(key, 'private');
    await upload(server, file, 'private');
    const crashed = postgres.process();
    const ended = once(crashed, 'exit');
    crashed.kill('SIGKILL');
    await ended;
    await until('a refusal', async () => ((await ask(url)).status === 503 ? true : null));
    // Its backends end one by one after the crash, and the next server waits for them.
    await until('a start', () =>
      postgres.start().then(
        () => true,
        () => null,
      ),
    );
    await until('an answer', async () => ((await ask(url)).status === 403 ? true : null));
    const images = await listImages(server);
    expect(images).toHaveLength(3);
    expect(await faultsOf(server, images)).toEqual([]);
  });

  it('changes its master key while it is stopped', async () => {
    const { credentials } = server;
    await server.stop();
    expect((await command('rekey')).stdout).toMatch(/^\d+ secrets are encrypted/);
    server = await startTestServer({ dataDir, env, credentials });
    const [image] = await listImages(server);
    expect(await faultsOf(server, image === undefined ? [] : [image])).toEqual([]);
  });

  it('reports why it does not start', async () => {
    const url = new URL(env.AURA_DATABASE_URL);
    url.password = 'another-password';
    const refused = run(process.execPath, [programOf()], {
      env: {
        PATH: process.env['PATH'],
        AURA_DATA_DIR: dataDir,
        AURA_DATABASE_URL: url.href,
      },
    });
    const { stderr } = await refused.then(
      () => Promise.reject(new Error('it started')),
      (error: { stderr: string }) => error,
    );
    expect(stderr).toBe(
      'AURA_DATABASE_URL: the server refuses the password of aura: correct the user or the password in the URL\n',
    );
  });
});
