import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDerivedStore } from '@auraimage/cache-local';
import { createEdge } from '@auraimage/edge';
import {
  addressesOf,
  createUsageCounter,
  dashboardRoutes,
  documentationRoutes,
  localUrlOf,
  packageRoutes,
  providerAt,
  registryRoutes,
} from '@auraimage/host';
import { createRouter, type Route } from '@auraimage/http';
import { createSharpEngine } from '@auraimage/imaging-sharp';
import { createOpenIdProvider } from '@auraimage/openid-connect';
import { createBusboyReceiver } from '@auraimage/upload-busboy';
import type { Logger } from 'pino';
import type { Config } from './config/config.js';
import { drain } from './http/drain.js';
import { attachApplication, createHttpServer } from './http/http-server.js';
import { keepReleases, readPackages, readRegistry, readTarballs } from './http/packages.js';
import { nodeBody } from './http/request-scope.js';
import { serveFiles } from './http/static-files.js';
import { startControlPlane } from './startup/control-plane.js';
import { repeat } from './startup/repeat.js';
import type { RunningServer, Shared } from './startup/serve.js';
import type { Stores } from './startup/stores.js';
import { cacheFolder, otherCacheFolders } from './startup/worker-share.js';
import { createMetrics, type Metrics } from './telemetry/metrics.js';
import { observeEngine } from './telemetry/observed-engine.js';
import { observeAll, observeBudget, observeReceiver } from './telemetry/observed-ports.js';
import { createRequestObserver } from './telemetry/request-observer.js';
import { updateGauges } from './telemetry/resource-gauges.js';
import type { Tracer } from './telemetry/tracer.js';

/** Most frames of an animation. */
const MAX_FRAMES = 1000;
/** Largest variant of a public image in the cache, in bytes. */
const MAX_CACHE_ENTRY_BYTES = 32 * 1024 * 1024;
/** Larger entries are always read from disk. */
const MAX_MEMORY_ENTRY_BYTES = 1024 * 1024;
/** Interval in which usage is written to the database, in milliseconds. */
const USAGE_MS = 2000;
/** Interval in which deleted and flipped images leave the cache of every process, in milliseconds. */
const SWEEP_MS = 30_000;
/** Interval in which what has reached its age is removed: usage, audit entries, CLI tokens, in milliseconds. */
const HOUR_MS = 3_600_000;
/** Build folder of `apps/dashboard`. */
const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
/** Where `scripts/packages.mjs` writes to. */
const PACKAGES = fileURLToPath(new URL('packages', import.meta.url));
/** Build folder of `apps/docs`. */
const DOCUMENTATION = fileURLToPath(new URL('../../docs/dist', import.meta.url));
/** Where `scripts/registry.mjs` writes to. */
const REGISTRY = fileURLToPath(new URL('registry', import.meta.url));

/** Wires every port to its adapter and listens. */
export async function startServer(
  config: Config,
  opened: Stores,
  logger: Logger,
  { limits, metrics, worker }: Shared,
): Promise<RunningServer> {
  const ownMetrics = createMetrics();
  const telemetry = {
    metrics: ownMetrics,
    tracer: await openTracer(config, ownMetrics, logger),
  };
  const server = createHttpServer(config, (reason) => {
    ownMetrics.connectionsClosed.inc({ reason });
  });
  const port = await listen(server, config);
  const addresses = addressesOf(config, port);
  const stores = observeAll(opened, telemetry);
  const failed = (work: string, message: string) => (err: unknown) => {
    telemetry.metrics.backgroundFailures.inc({ work });
    logger.warn({ err }, message);
  };
  const usage = createUsageCounter(stores.usage, failed('usage', 'usage could not be written'));
  const observer = createRequestObserver(logger, telemetry, usage);
  const cache = cacheFolder(config, worker);
  const sharp = createSharpEngine({
    maxPixels: config.maxPixels,
    maxFrames: MAX_FRAMES,
    concurrency: config.imageJobs,
    // With a bucket, image processes see no other private image than that of their job.
    folders: [...stores.folders, ...(config.storage === undefined ? await created(cache) : [])],
    onIncident(err) {
      telemetry.metrics.imageProcessFailures.inc({ failure: err.failure });
      logger.warn({ err }, 'image process failed');
    },
  });
  const engine = observeEngine(sharp, telemetry);
  const derived = createDerivedStore({
    memoryBytes: config.cacheMemoryBytes,
    maxMemoryEntryBytes: MAX_MEMORY_ENTRY_BYTES,
    maxEntryBytes: MAX_CACHE_ENTRY_BYTES,
    disk: {
      maxBytes: config.cacheDiskBytes,
      folder: cache,
      otherFolders: otherCacheFolders(config, worker),
      // A copy of a master in a local folder would gain nothing.
      keeps: (name) => config.storage !== undefined || name !== 'master',
    },
    onError: failed('cache', 'the cache cannot use its disk'),
  });
  const provider = providerAt(addresses.appUrl, config);
  const { control, ...controlPlane } = startControlPlane(
    {
      provider: provider && createOpenIdProvider({ ...provider, secret: opened.providerKey }),
      ...stores,
      attempts: limits.attempts,
    },
    derived,
    {
      publicUrl: addresses.cdnUrl,
      appUrl: addresses.appUrl,
      projectQuotaBytes: config.projectQuota ?? null,
      auditDays: config.auditDays,
      legacyVisibilityTokens: config.legacyVisibilityTokens,
      webhookNetworks: config.webhookNetworks,
      routes: () => routes,
    },
    telemetry.metrics,
    logger,
    failed('control', 'background work of the control plane failed'),
  );
  let draining = false;
  const isDraining = () => draining;
  const sources = { server, derived, stores: opened, isDraining };
  updateGauges(telemetry.metrics, sources);
  const edge = createEdge(
    {
      ...stores,
      receiver: observeReceiver(createBusboyReceiver({ nodeBody }), telemetry),
      engine,
      derived,
      encodeBudget: observeBudget(limits.encodeBudget, telemetry),
      uploadRate: limits.uploadRate,
      clock: { now: Date.now },
    },
    {
      publicUrl: addresses.cdnUrl,
      appOrigin: new URL(addresses.appUrl).origin,
      maxUploadBytes: config.maxUploadBytes,
      maxConcurrentUploads: config.maxConcurrentUploads,
      bodyIdleMs: config.idleSeconds * 1000,
      bodyTotalMs: config.uploadSeconds * 1000,
      sharedMaxAgeSeconds: config.sharedMaxAgeSeconds,
      variantSizes: config.variantSizes,
      maxVariantsPerImage: config.maxVariantsPerImage,
      onFailure: failed('variants', 'a variant could not be rendered or stored'),
      onRenderFailure: (failure) => logger.warn(failure, 'a variant cannot be made of this image'),
      isDraining,
      metrics: metrics ?? observer.metrics,
    },
  );
  const stopSweeps = repeat(
    edge.sweepCache,
    SWEEP_MS,
    failed('cache', 'the cache could not be compared with the database'),
  );
  const stopRetention = repeat(
    control.removeOld,
    HOUR_MS,
    failed('retention', 'what is old could not be removed from the database'),
  );
  const stopUsage = repeat(usage.flush, USAGE_MS, () => {});
  const packages = { built: PACKAGES, kept: join(config.dataDir, 'packages') };
  try {
    keepReleases(packages);
  } catch (err) {
    logger.warn({ err }, 'the packages of this version will not be served after an upgrade');
  }
  const built = readPackages(PACKAGES);
  const routes: readonly Route[] = [
    ...edge.routes,
    ...control.routes,
    ...dashboardRoutes(serveFiles(DASHBOARD), addresses.cdnUrl),
    ...documentationRoutes(serveFiles(DOCUMENTATION)),
    ...packageRoutes(built, readTarballs(packages), addresses),
    ...registryRoutes(readRegistry(REGISTRY), built, addresses.appUrl),
  ];
  const router = createRouter(routes);
  attachApplication(server, { edge, router, observer, addresses }, config);
  return {
    ...addresses,
    port,
    localUrl: localUrlOf(config.host, port),
    snapshot: observer.snapshot,
    async stop() {
      draining = true;
      control.endWaiting();
      stopSweeps();
      stopRetention();
      const clean = await drain(server, observer.inFlight, config.drainSeconds * 1000);
      stopUsage();
      await Promise.all([controlPlane.stop(), usage.flush(), engine.close()]);
      await telemetry.tracer?.stop();
      return clean;
    },
  };
}

/** A folder that image processes may read: it must exist when they start. Empty where it cannot be created. */
async function created(path: string): Promise<string[]> {
  return mkdir(path, { recursive: true, mode: 0o700 }).then(
    () => [path],
    () => [],
  );
}

/** The tracer, if the settings ask for one. Loads the libraries only if traces are on. */
async function openTracer(
  { otlpEndpoint, ...config }: Config,
  metrics: Metrics,
  logger: Logger,
): Promise<Tracer | undefined> {
  if (otlpEndpoint === undefined) return undefined;
  const { createOtelTracer } = await import('./telemetry/otel.js');
  return createOtelTracer({ otlpEndpoint, ...config }, metrics, logger);
}

function listen(server: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
