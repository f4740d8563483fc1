import {
  type ObjectStore,
  StorageFullError,
  StorageUnavailableError,
  type VariantStore,
} from '@auraimage/ports';
import type { Telemetry } from './telemetry.js';

/** How an operation of a store or the database ended. */
export type Outcome = 'ok' | 'missing' | 'refused' | 'full' | 'unavailable' | 'failed';

export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof StorageFullError) return 'full';
  if (error instanceof StorageUnavailableError) return 'unavailable';
  // A client's own cursor that is none: nothing is wrong with the database.
  const isCursor = error instanceof Error && 'code' in error && error.code === 'page_malformed';
  return isCursor ? 'refused' : 'failed';
}

/** Where masters and private variants are, every operation timed. */
export function observeStores(
  { objects, variants }: { readonly objects: ObjectStore; readonly variants: VariantStore },
  { metrics, tracer }: Telemetry,
): { readonly objects: ObjectStore; readonly variants: VariantStore } {
  async function watch<R>(store: string, operation: string, work: () => Promise<R>): Promise<R> {
    const began = performance.now();
    let outcome: Outcome = 'ok';
    try {
      const result = await work();
      if (result === null) outcome = 'missing';
      return result;
    } catch (error) {
      outcome = outcomeOfError(error);
      throw error;
    } finally {
      const ended = performance.now();
      metrics.storeSeconds.observe({ store, operation, outcome }, (ended - began) / 1000);
      const failed = outcome !== 'ok' && outcome !== 'missing';
      tracer.note(`${store} ${operation}`, began, { 'aura.outcome': outcome }, failed, ended);
    }
  }
  const ofMasters = <R>(operation: string, work: () => Promise<R>) =>
    watch('masters', operation, work);
  const ofVariants = <R>(operation: string, work: () => Promise<R>) =>
    watch('variants', operation, work);

  return {
    objects: {
      async create() {
        const draft = await ofMasters('create', () => objects.create());
        return {
          ...draft,
          // A piece that is written is no operation of its own; one that cannot be is where a full disk shows.
          write: (chunk) =>
            draft.write(chunk).catch((error: unknown) => {
              const labels = {
                store: 'masters',
                operation: 'write',
                outcome: outcomeOfError(error),
              };
              metrics.storeSeconds.observe(labels, 0);
              throw error;
            }),
          commit: () => ofMasters('commit', () => draft.commit()),
        };
      },
      read: (id, range) => ofMasters('read', () => objects.read(id, range)),
      remove: (id) => ofMasters('remove', () => objects.remove(id)),
      ping: () => ofMasters('ping', () => objects.ping()),
    },
    variants: {
      get: (id, name) => ofVariants('read', () => variants.get(id, name)),
      set: (id, name, bytes) => ofVariants('write', () => variants.set(id, name, bytes)),
      remove: (id, name) => ofVariants('remove', () => variants.remove(id, name)),
      count: (id, prefix) => ofVariants('count', () => variants.count(id, prefix)),
      drop: (id) => ofVariants('drop', () => variants.drop(id)),
    },
  };
}
