import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createEdgeCache } from '@auraimage/cache-local';
import { createEdge } from '@auraimage/edge';
import { createSharpEngine } from '@auraimage/imaging-sharp';
import { createBusboyReceiver } from '@auraimage/upload-busboy';
import type { Logger } from 'pino';
import { type Addresses, addressesOf, localUrlOf } from './addresses.js';
import { cacheFolder } from './cluster/share.js';
import type { Config } from './config.js';
import { startControlPlane } from './control-plane.js';
import { createDispatch } from './dispatch.js';
import { drain } from './drain.js';
import { createEdgeAudit } from './edge-audit.js';
import { attachApplication, createHttpServer } from './http-server.js';
import type { Limits } from './limits.js';
import { createMeter } from './meter.js';
import { createObserver, type Observer } from './observe.js';
import { createRegistry } from './registry.js';
import { nodeBody } from './request-scope.js';
import { createDashboard } from './static-files.js';
import type { Stores } from './stores.js';

/** Largest variant of a public image that is kept, in bytes. */
const MAX_CACHE_ENTRY_BYTES = 32 * 1024 * 1024;
/** What is larger than this is sent from the disk each time. */
const MAX_MEMORY_ENTRY_BYTES = 1024 * 1024;
/** Where `apps/dashboard` is built to. */
const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
/** Where `scripts/registry.mjs` writes to. */
const REGISTRY = fileURLToPath(new URL('registry', import.meta.url));

export interface RunningServer extends Addresses {
  readonly port: number;
  /** Where this machine reaches it. */
  readonly localUrl: string;
  /** This process's metrics, as they go from process to process. */
  readonly snapshot: Observer['snapshot'];
  /** Ends it: work under way first. Resolves with whether everything ended in time. */
  stop(): Promise<boolean>;
}

/** What a process has in common with others that do the same work. */
export interface Shared {
  readonly limits: Limits;
  /** The metrics of all of them; absent where this one is alone. */
  readonly metrics?: Observer['metrics'];
  /** This worker's number, where there are several. */
  readonly worker?: number;
}

/** Wires every port to its adapter and listens. */
export async function startServer(
  config: Config,
  stores: Stores,
  logger: Logger,
  { limits, metrics, worker }: Shared,
): Promise<RunningServer> {
  const server = createHttpServer(config);
  const port = await listen(server, config);
  const addresses = addressesOf(config, port);
  const meter = createMeter(stores.usage, (err) => logger.warn({ err }, 'usage was not noted'));
  const audit = createEdgeAudit(stores.audit, stores.registry, (err) =>
    logger.error({ err }, 'a change was not noted in the audit log'),
  );
  const observer = createObserver(logger, meter);
  const engine = createSharpEngine({
    maxPixels: config.maxPixels,
    maxFrames: config.maxFrames,
    concurrency: config.imageJobs,
    onIncident: (err) => logger.warn({ err }, 'an image process came to nothing'),
  });
  const cache = createEdgeCache({
    memoryBytes: config.cacheBytes,
    maxMemoryEntryBytes: MAX_MEMORY_ENTRY_BYTES,
    diskBytes: config.cacheDiskBytes,
    folder: cacheFolder(config, worker),
    maxEntryBytes: MAX_CACHE_ENTRY_BYTES,
    // A folder's own file is as near as the cache's.
    diskFor: (name) => config.storage !== undefined || name !== 'master',
    onError: (err) => logger.warn({ err }, 'the edge cache cannot use its disk'),
  });
  const { control, ...controlPlane } = startControlPlane(
    { ...stores, attempts: limits.attempts },
    cache,
    addresses,
    logger,
  );
  let draining = false;
  const edge = createEdge(
    {
      ...stores,
      access: control.access,
      receiver: createBusboyReceiver({ nodeBody }),
      engine,
      cache,
      encodeBudget: limits.encodeBudget,
      uploadRate: limits.uploadRate,
      clock: { now: Date.now },
    },
    {
      publicUrl: addresses.cdnUrl,
      appOrigin: new URL(addresses.appUrl).origin,
      maxUploadBytes: config.maxUploadBytes,
      maxConcurrentUploads: config.maxConcurrentUploads,
      bodyIdleMs: config.bodyIdleSeconds * 1000,
      bodyTotalMs: config.bodyTotalSeconds * 1000,
      legacyVisibilityTokens: config.legacyVisibilityTokens,
      sharedMaxAgeSeconds: config.sharedMaxAgeSeconds,
      variantSizes: config.variantSizes,
      maxVariantsPerImage: config.maxVariantsPerImage,
      onFailure: (err) => logger.warn({ err }, 'a variant could not be made or kept'),
      isDraining: () => draining,
      metrics: metrics ?? observer.metrics,
    },
  );
  const dashboard = createDashboard({ folder: DASHBOARD, cdnUrl: addresses.cdnUrl });
  const registry = createRegistry(REGISTRY);
  const dispatch = createDispatch({ edge, control, dashboard, registry, audit });
  attachApplication(server, { edge, dispatch, observer, addresses }, config);
  return {
    ...addresses,
    port,
    localUrl: localUrlOf(config.host, port),
    snapshot: observer.snapshot,
    async stop() {
      draining = true;
      const clean = await drain(server, observer.inFlight, config.drainSeconds * 1000);
      await Promise.all([controlPlane.stop(), meter.stop(), audit.flush(), engine.close()]);
      return clean;
    },
  };
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
