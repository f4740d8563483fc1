import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { LocalDerivedStore } from '@auraimage/cache-local';
import { type DeliveryQueue, inTime, type ProjectRegistry } from '@auraimage/ports';
import type { SqlRecords } from '@auraimage/records-sql';
import { readVersion } from '../config/version.js';
import type { Metrics } from './metrics.js';

/** Timeout of the database when metrics are collected, in milliseconds. */
const DATABASE_MS = 1000;

export interface GaugeSources {
  readonly server: Server;
  readonly derived: Pick<LocalDerivedStore, 'stats'>;
  readonly stores: Pick<SqlRecords, 'pool'> & {
    readonly registry: Pick<ProjectRegistry, 'unfinishedDeletions'>;
    readonly deliveries: Pick<DeliveryQueue, 'backlog'>;
    retries(): number;
    waitingPasswords(): number;
  };
  readonly isDraining: () => boolean;
}

/** Updates the gauges of connections, caches, stores and database whenever metrics are collected. */
export function updateGauges(
  metrics: Metrics,
  { server, derived, stores, isDraining }: GaugeSources,
): void {
  const getConnections = promisify(server.getConnections.bind(server));
  metrics.build.set({ version: readVersion(), node: process.version }, 1);
  metrics.onCollect(() => metrics.draining.set(isDraining() ? 1 : 0));
  metrics.onCollect(async () => metrics.connections.set(await getConnections()));
  metrics.onCollect(() => {
    for (const { tier, bytes, maxBytes, entries, removals } of derived.stats()) {
      metrics.cacheBytes.set({ tier }, bytes);
      metrics.cacheLimitBytes.set({ tier }, maxBytes);
      metrics.cacheEntries.set({ tier }, entries);
      for (const [reason, count] of Object.entries(removals)) {
        metrics.cacheEvictions.set({ tier, reason }, count);
      }
    }
  });
  metrics.onCollect(() => metrics.passwordsWaiting.set(stores.waitingPasswords()));
  metrics.onCollect(() => metrics.storeRetries.set({}, stores.retries()));
  metrics.onCollect(() => {
    if (stores.pool === undefined) return;
    const { busy, idle, most, waiting } = stores.pool();
    metrics.databaseConnections.set({ state: 'busy' }, busy);
    metrics.databaseConnections.set({ state: 'idle' }, idle);
    metrics.databaseConnectionsLimit.set(most);
    metrics.databaseQueriesWaiting.set(waiting);
  });
  metrics.onCollect(async () => {
    const open = await known(stores.registry.unfinishedDeletions());
    if (open !== null) metrics.deletions.set(open.length);
  });
  metrics.onCollect(async () => {
    const backlog = await known(stores.deliveries.backlog());
    if (backlog === null) return;
    metrics.webhooksPending.set(backlog.pending);
    metrics.webhookDelay.set(backlog.delayMs / 1000);
  });
}

/** The result of a query, or `null` if it fails or times out. */
function known<T>(query: Promise<T>): Promise<T | null> {
  return inTime(query, DATABASE_MS, () => new Error('the query timed out')).catch(() => null);
}
