import { ConfigError, type Environment } from '@auraimage/host';
import { type App, createApp } from './app.js';
import type { Bindings } from './bindings.js';
import { keepAlive } from './keep-alive.js';
import { createLog } from './log.js';
import { readConfig } from './settings.js';

export { LimitsObject } from '@auraimage/limits/durable-object';

/** Created by the first request of this isolate. */
let opening: Promise<App> | undefined;

function open(env: Bindings): Promise<App> {
  opening ??= start(env);
  return opening;
}

async function start(env: Bindings): Promise<App> {
  try {
    const config = readConfig(textsOf(env));
    return await createApp(env, config, createLog(config));
  } catch (error) {
    opening = undefined; // the next request tries again
    throw error;
  }
}

/** Variables and secrets are texts; bindings are not. */
function textsOf(env: Bindings): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === 'string'));
}

function notStarted(error: unknown): Response {
  // What is wrong is for the operator, in the log.
  const reason = error instanceof ConfigError ? error.message : error;
  console.error(
    JSON.stringify({ level: 'error', message: 'the server cannot start', reason: String(reason) }),
  );
  return Response.json(
    { message: 'The server cannot start: its log says why' },
    { status: 503, headers: { 'Cache-Control': 'no-store', 'Retry-After': '5' } },
  );
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const opened = open(env);
    keepAlive(opened);
    let app: App;
    try {
      app = await opened;
    } catch (error) {
      return notStarted(error);
    }
    return app.fetch(request);
  },

  /** Every minute, by the cron trigger of wrangler.jsonc. */
  async scheduled({ scheduledTime }: { readonly scheduledTime: number }, env: Bindings) {
    await (await open(env)).runJobs(scheduledTime);
  },
};
