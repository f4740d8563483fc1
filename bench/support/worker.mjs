import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { deployedOptions } from '../../apps/cloudflare/dist/src/commands/deployed.js';
import { childrenOf } from './processes.mjs';

const APP = fileURLToPath(new URL('../../apps/cloudflare', import.meta.url));

/** The command that starts the Worker on a developer's machine. */
export const DEV_COMMAND = join(APP, 'dist/src/commands/dev.js');
/** Makes the bundle. Dashboard and documentation must have been built. */
export const BUILD = join(APP, 'build.mjs');
/** What is deployed. */
export const BUNDLE = join(APP, 'dist/worker/worker.js');

/**
 * A Worker that does nothing of the product, in the same set-up: what workerd and the simulation of D1 and R2 take.
 * It keeps the body of a `PUT` in R2. Any other path says what it does: `/d1`, and `/r2` after a query of D1.
 */
export const FLOOR = `
  export class LimitsObject {}
  export default {
    async fetch(request, { DB, MASTERS }) {
      const { pathname } = new URL(request.url);
      if (request.method === 'PUT') await MASTERS.put('floor', await request.arrayBuffer());
      if (pathname === '/') return new Response('floor');
      await DB.withSession('first-primary').prepare('SELECT ?').bind(1).all();
      if (pathname === '/d1') return new Response('floor');
      return new Response((await MASTERS.get('floor')).body);
    },
  };
`;

/**
 * Starts a Worker in workerd with the bindings, the date and the flags of the deployed one, as DEV_COMMAND does.
 *
 * @param {string} program
 * @param {string} dataDir folder of DEV_COMMAND; its master key is used, if it has one
 */
export async function startWorker(program, dataDir) {
  const masterKey = await readFile(join(dataDir, 'master.key'), 'utf8').catch(() => '');
  const before = await childrenOf(process.pid);
  const worker = new Miniflare({
    ...deployedOptions(dataDir),
    name: 'bench',
    modules: [{ type: 'ESModule', path: 'worker.js', contents: program }],
    bindings: {
      AURA_MASTER_KEY: masterKey.trim(),
      AURA_PUBLIC_URL: 'http://localhost',
      AURA_LOG_LEVEL: 'warn',
    },
    host: '127.0.0.1',
    port: 0,
  });
  const { port } = await worker.ready;
  const [pid = 0] = (await childrenOf(process.pid)).filter((child) => !before.includes(child));
  return { url: `http://127.0.0.1:${port}`, pid, stop: () => worker.dispose() };
}
