import { randomBytes } from 'node:crypto';
import { AuraImage } from '@auraimage/sdk';
import { type Browser, signUp } from './control.js';
import { isWorker } from './program.js';
import { ADMIN, makeProject } from './projects.js';
import { removeFolderAtEnd } from './remove.js';
import { startTestServer, type TestServer, temporaryFolder } from './server.js';
import { createOnce } from './worker.js';

/** A project on a shared server, whose process no test may stop. */
export type SharedServer = Pick<TestServer, 'url' | 'appUrl' | 'dataDir' | 'credentials' | 'aura'>;

/** With the account that owns the project, signed in. */
export type OwnedServer = SharedServer & { readonly owner: Browser };

const server = createOnce(async ({ atEnd }) => {
  const dataDir = await temporaryFolder();
  const started = await startTestServer({
    dataDir,
    env: {
      AURA_LOG_LEVEL: 'warn',
      AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
      AURA_UPLOADS_PER_MINUTE: '100000',
    },
    ...(isWorker() ? {} : { bounds: { maxConcurrentUploads: 256 } }),
  });
  atEnd(() => {
    started.killNow();
    removeFolderAtEnd(dataDir);
  });
  const owner = await signUp(started, ADMIN.email, started.setupUrl, ADMIN.password);
  const { url, appUrl } = started;
  return { url, appUrl, dataDir, owner };
});

/** The server that all files of this worker share, with its administrator. */
export const sharedHost: () => Promise<Omit<OwnedServer, 'credentials' | 'aura'>> = server;

/**
 * A new project on the server that all files of this worker share. Its settings are the defaults, but for
 * limits that are out of the way. A file that needs others, its log, its disk or its end starts its own:
 * {@link startTestServer}.
 */
export async function sharedServer(): Promise<OwnedServer> {
  const { url, appUrl, dataDir, owner } = await server();
  const name = `app-${randomBytes(6).toString('hex')}`;
  const credentials = await makeProject(owner.api, name, url);
  return { url, appUrl, dataDir, owner, credentials, aura: new AuraImage(credentials) };
}
