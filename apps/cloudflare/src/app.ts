import { packages, registry, version } from 'aura:built';
import { hkdfSync } from 'node:crypto';
import { createControl } from '@auraimage/control';
import { createEdge } from '@auraimage/edge';
import {
  addressesOf,
  createHostOf,
  dashboardRoutes,
  documentationRoutes,
  isNormalized,
  logDelivery,
  packageRoutes,
  providerAt,
  registryRoutes,
} from '@auraimage/host';
import {
  type Answer,
  ApiError,
  createRouter,
  type RequestContext,
  type Route,
  toResponse,
} from '@auraimage/http';
import { createDurableWindows, createLimits } from '@auraimage/limits/durable-object';
import { createOpenIdProvider } from '@auraimage/openid-connect';
import { createFetchSender } from '@auraimage/webhooks-fetch';
import type { Bindings } from './bindings.js';
import { isSetup, setUp } from './first-steps.js';
import { keepAlive, keptAlive } from './keep-alive.js';
import { lingerAfter } from './linger.js';
import type { Log } from './log.js';
import { observe } from './observe.js';
import type { Config } from './settings.js';
import { readFile, serveFiles } from './static-files.js';
import { openStores } from './stores.js';
import { sweepPart } from './sweep.js';
import { createUsage } from './usage.js';

/** Uploads in flight at once in one isolate, which has 128 MB of memory for all. */
const MAX_CONCURRENT_UPLOADS = 8;
/** Longest wait for the work of another request, which Cloudflare may have ended, in milliseconds. */
const MAX_JOINED_MS = 60_000;
/** Time for events after the request that wrote them, in milliseconds: it lives 30 s after its response. */
const SEND_MS = 20_000;
/** Time of the jobs of a minute, in milliseconds. */
const JOBS_MS = 50_000;
const HOUR_MS = 3_600_000;

/** The server, in one isolate. */
export interface App {
  fetch(request: Request): Promise<Response>;
  /**
   * Does what is due: deletions, deliveries, and once an hour the removal of what is old and of what cut uploads have
   * left. Call it every minute.
   */
  runJobs(at: number): Promise<void>;
}

/** Wires every port to its adapter. */
export async function createApp(env: Bindings, config: Config, log: Log): Promise<App> {
  const addresses = addressesOf(config, 443);
  const { cdnUrl, appUrl } = addresses;
  const hostOf = addresses.split ? createHostOf(addresses) : () => null;
  const clock = { now: Date.now };
  const failed = (message: string) => (err: unknown) => log.warn({ err }, message);
  const keyFor = (use: string) => new Uint8Array(hkdfSync('sha256', config.masterKey, '', use, 32));
  const stores = await openStores(env, config, {
    identityKey: keyFor('identity'),
    origin: new URL(cdnUrl).origin,
    onCacheError: failed('the cache cannot be used'),
    onCleanFailure: failed('an abandoned upload could not be removed'),
  });
  const limitsKey = keyFor('limits');
  const limits = createLimits(createDurableWindows(env.LIMITS, limitsKey), config, limitsKey);
  const usage = createUsage(stores.usage, failed('usage could not be written'));
  const provider = providerAt(appUrl, config);
  const control = createControl(
    {
      ...stores,
      provider: provider && createOpenIdProvider({ ...provider, secret: keyFor('provider') }),
      attempts: limits.attempts,
      sender: createFetchSender({ userAgent: `AuraImage/${version}` }),
      clock,
    },
    {
      publicUrl: cdnUrl,
      appUrl,
      projectQuotaBytes: config.projectQuota ?? null,
      auditDays: config.auditDays,
      legacyVisibilityTokens: config.legacyVisibilityTokens,
      version,
      onFailure: failed('background work of the control plane failed'),
      onDelivery: (report) => logDelivery(log, report),
      background: keepAlive,
      routes: () => routes,
    },
  );
  stores.deliveries.onEvents(() =>
    keepAlive(control.runDeliveries(AbortSignal.timeout(SEND_MS), 'once')),
  );
  const edge = createEdge(
    {
      ...stores,
      engine: keptAlive(stores.engine),
      encodeBudget: keptAlive(limits.encodeBudget),
      uploadRate: limits.uploadRate,
      clock,
    },
    {
      publicUrl: cdnUrl,
      appOrigin: new URL(appUrl).origin,
      maxUploadBytes: config.maxUploadBytes,
      maxConcurrentUploads: MAX_CONCURRENT_UPLOADS,
      bodyIdleMs: config.idleSeconds * 1000,
      bodyTotalMs: config.uploadSeconds * 1000,
      sharedMaxAgeSeconds: config.sharedMaxAgeSeconds,
      variantSizes: config.variantSizes,
      maxVariantsPerImage: config.maxVariantsPerImage,
      maxJoinedMs: MAX_JOINED_MS,
      onFailure: failed('a variant could not be rendered or stored'),
      onRenderFailure: (failure) => log.warn(failure, 'a variant cannot be made of this image'),
      isDraining: () => false,
    },
  );
  const tarballs = packages.map(({ file }) => {
    return [file, () => readFile(env.ASSETS, `/packages/${file}`)] as const;
  });
  const routes: readonly Route[] = [
    ...edge.routes,
    ...control.routes,
    ...dashboardRoutes(serveFiles(env.ASSETS, '/dashboard'), cdnUrl),
    ...documentationRoutes(serveFiles(env.ASSETS, '/docs')),
    ...packageRoutes(packages, new Map(tarballs), addresses),
    ...registryRoutes(registry, packages, appUrl),
  ];
  const router = createRouter(routes);

  async function respond(request: Request, { host, pathname }: URL): Promise<Response> {
    const context: RequestContext = {
      requestId: crypto.randomUUID(),
      // Cloudflare sets it, whatever the client has sent.
      client: request.headers.get('cf-connecting-ip') ?? 'unknown',
      host: hostOf(host),
      isOperator: () => false,
      isDisconnected: async () => request.signal.aborted,
      facts: {},
    };
    const started = Date.now();
    const response = isNormalized(pathname)
      ? await router.fetch(request, context)
      : refused(router.refuse(new ApiError('image_not_found'), context));
    observe({ request, context, path: pathname, response, started }, usage, log);
    return lingerAfter(request, response, config.maxUploadBytes);
  }

  async function sweepOrphans(at: number, signal: AbortSignal): Promise<void> {
    const { orphans, abandonedUploads } = await sweepPart(stores, at, signal);
    const removed = { objects: orphans.removed, drafts: abandonedUploads.removed };
    if (removed.objects + removed.drafts > 0) log.info(removed, 'swept what cut uploads left');
  }

  const app: App = {
    fetch(request) {
      const url = new URL(request.url);
      if (isSetup(request, url.pathname, config)) {
        return setUp({
          ports: { ...stores, clock },
          config,
          addresses,
          folder: decodeURIComponent(request.headers.get('aura-folder') ?? '.'),
          picture: () => readFile(env.ASSETS, '/northern-lights.jpg'),
          send: app.fetch,
        });
      }
      const responding = respond(request, url);
      // Others may wait for what this request has begun, whether or not its client still waits.
      keepAlive(responding);
      return responding;
    },
    async runJobs(at) {
      const signal = AbortSignal.timeout(JOBS_MS);
      const jobs: Promise<unknown>[] = [
        control.runDeletions(signal, 'once'),
        control.runDeliveries(signal, 'once'),
        edge.sweepCache(signal),
      ];
      if (at % HOUR_MS < HOUR_MS / 60)
        jobs.push(control.removeOld(signal), sweepOrphans(at, signal));
      for (const job of await Promise.allSettled(jobs)) {
        if (job.status === 'rejected') log.warn({ err: job.reason }, 'a job of this minute failed');
      }
    },
  };
  return app;
}

/** The response of a refusal. It has `Content-Length`, so that the response to `HEAD` has it as well. */
function refused(answer: Answer): Response {
  const { body } = answer;
  const response = toResponse(answer);
  if (typeof body === 'string') {
    response.headers.set('Content-Length', String(Buffer.byteLength(body)));
  }
  return response;
}
