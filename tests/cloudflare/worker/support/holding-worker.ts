import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { deployedOptions } from '../../../../apps/cloudflare/dist/src/commands/deployed.js';
import { childrenOf, kill } from '../../../acceptance/support/transform-processes.js';

const WORKER = fileURLToPath(
  new URL('../../../../apps/cloudflare/dist/worker/worker.js', import.meta.url),
);

/** The Worker, whose changes of images can be held at their batch: what they have read, they have read. */
const HOLDING = `
  import worker from './worker.js';
  export { LimitsObject } from './worker.js';
  let mode = 'none';
  let held = 0;
  const isChange = (sql) => /^\\s*(?:insert into|update|delete from) "images"/.test(sql);
  const holding = (DB) => ({
    withSession(constraint) {
      const session = DB.withSession(constraint);
      let changes = false;
      return {
        prepare(sql) {
          changes ||= isChange(sql);
          return session.prepare(sql);
        },
        async batch(statements) {
          if (!changes || mode === 'none') return session.batch(statements);
          if (mode === 'sent') await session.batch(statements);
          held++;
          return new Promise(() => setTimeout(() => {}, 600_000));
        },
      };
    },
  });
  export default {
    fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/held') return new Response(String(held));
      if (pathname === '/hold') {
        mode = searchParams.get('mode');
        return new Response('held');
      }
      return worker.fetch(request, { ...env, DB: holding(env.DB) });
    },
  };
`;

export interface HoldingWorker {
  readonly url: string;
  /** From now on changes of images stop: `unsent`, before their batch, or `sent`, after it. */
  hold(mode: 'unsent' | 'sent'): Promise<void>;
  /** How many are held. */
  held(): Promise<number>;
  /** SIGKILL to workerd. */
  kill(): Promise<void>;
}

/** Starts the deployed Worker on a data folder that `npm run dev:cloudflare` has made. */
export async function startHoldingWorker(dataDir: string): Promise<HoldingWorker> {
  const masterKey = await readFile(join(dataDir, 'master.key'), 'utf8');
  const before = await childrenOf(process.pid);
  const worker = new Miniflare({
    ...deployedOptions(dataDir),
    name: 'auraimage',
    modules: [
      { type: 'ESModule', path: 'holding.js', contents: HOLDING },
      { type: 'ESModule', path: 'worker.js', contents: await readFile(WORKER, 'utf8') },
    ],
    bindings: {
      AURA_MASTER_KEY: masterKey.trim(),
      AURA_PUBLIC_URL: 'http://localhost',
      AURA_LOG_LEVEL: 'warn',
    },
    host: '127.0.0.1',
    port: 0,
  });
  const { origin: url } = await worker.ready;
  const pids = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
  return {
    url,
    hold: async (mode) => void (await fetch(`${url}/hold?mode=${mode}`)),
    held: async () => Number(await (await fetch(`${url}/held`)).text()),
    async kill() {
      for (const pid of pids) kill(pid);
      await worker.dispose();
    },
  };
}
