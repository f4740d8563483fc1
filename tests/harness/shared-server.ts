import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { AuraImage } from '@auraimage/sdk';
import { type Browser, openBrowser } from './control.js';
import { startTestServer, type TestServer, temporaryFolder } from './server.js';
import { createOnce } from './worker.js';

const ADMIN = { email: 'owner@example.com', password: 'violet ladder quiet harbour' };

/** A project on a server that goes on running: it has no process that a test may end. */
export type SharedServer = Pick<TestServer, 'url' | 'appUrl' | 'dataDir' | 'credentials' | 'aura'>;

const server = createOnce(async ({ atEnd }) => {
  const dataDir = await temporaryFolder();
  const started = await startTestServer({
    dataDir,
    env: {
      AURA_LOG_LEVEL: 'warn',
      AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
      AURA_UPLOADS_PER_MINUTE_PER_CLIENT: '100000',
      AURA_ADMIN_EMAIL: ADMIN.email,
      AURA_ADMIN_PASSWORD: ADMIN.password,
    },
  });
  atEnd(() => {
    started.process.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  });
  const owner = openBrowser(started);
  await owner.json('POST', '/v1/auth/sign-in', ADMIN);
  return { ...started, owner };
});

/**
 * A new project on the server that all files of this worker share. Its settings are the defaults, but for
 * limits that are out of the way. A file that needs others, its log, its disk or its end starts its own:
 * {@link startTestServer}.
 */
export async function sharedServer(): Promise<SharedServer> {
  const { url, appUrl, dataDir, owner } = await server();
  const credentials = await makeProject(owner, url);
  return { url, appUrl, dataDir, credentials, aura: new AuraImage(credentials) };
}

async function makeProject(owner: Browser, cdnUrl: string) {
  const projectName = `app-${randomBytes(6).toString('hex')}`;
  const path = `/v1/projects/${projectName}`;
  await owner.json('POST', '/v1/projects', { projectName });
  const key = await owner.json<{ secret: string }>('POST', `${path}/secret-keys`, {
    name: 'tests',
  });
  const serve = await owner.json<{ secret: string }>('GET', `${path}/serve-secret`);
  return { projectName, cdnUrl, secretKey: key.secret, serveSecret: serve.secret };
}
