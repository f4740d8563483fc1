import { ConfigError, type Environment } from '@auraimage/host';
import { ApiError, answerError, toResponse } from '@auraimage/http';
import { inTime } from '@auraimage/ports';
import { type App, createApp } from './app.js';
import type { Bindings } from './bindings.js';
import { keepAlive } from './keep-alive.js';
import { createLog } from './log.js';
import { readConfig } from './settings.js';

export { LimitsObject } from '@auraimage/limits/durable-object';

/** Longest wait for the app, in milliseconds. A later request then creates it anew. */
const OPENING_MS = 20_000;

let app: App | undefined;
/** The app while the first request of this isolate creates it. */
let opening: Promise<App> | undefined;

async function open(env: Bindings): Promise<App> {
  if (app !== undefined) return app;
  opening ??= start(env);
  const joined = opening;
  keepAlive(joined);
  try {
    return await inTime(joined, OPENING_MS, () => new Error('the start did not end in time'));
  } catch (error) {
    if (opening === joined) opening = undefined; // the next request tries again
    throw error;
  }
}

async function start(env: Bindings): Promise<App> {
  const config = readConfig(textsOf(env));
  app = await createApp(env, config, createLog(config));
  return app;
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
  const message = 'The server cannot start: its log says why';
  return refuse(new ApiError('storage_unavailable', { message, retryAfterSeconds: 5 }));
}

function refuse(error: ApiError): Response {
  const context = { requestId: crypto.randomUUID(), facts: {} };
  return toResponse(answerError(context, 'anyone', error));
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    // Its host may be anything that the client sent.
    if (!URL.canParse(request.url)) return refuse(new ApiError('request_malformed'));
    let opened: App;
    try {
      opened = await open(env);
    } catch (error) {
      return notStarted(error);
    }
    return opened.fetch(request);
  },

  /** Every minute, by the cron trigger of wrangler.jsonc. */
  async scheduled({ scheduledTime }: { readonly scheduledTime: number }, env: Bindings) {
    await (await open(env)).runJobs(scheduledTime);
  },
};
