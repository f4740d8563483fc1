import { ApiError } from '@auraimage/http';
import {
  InvalidCursorError,
  type ObjectStore,
  ReceiveError,
  StorageFullError,
  StorageUnavailableError,
  type UploadReceiver,
  type VariantStore,
} from '@auraimage/ports';
import type { Telemetry } from './tracer.js';

const RECORDS = [
  'images',
  'projects',
  'registry',
  'cliTokens',
  'invitations',
  'audit',
  'usage',
  'identity',
] as const;

type ObservedStores = Readonly<Record<(typeof RECORDS)[number], object>> & {
  readonly objects: ObjectStore;
  readonly variants: VariantStore;
};

/** Everything that keeps data, every operation timed. */
export function observeAll<S extends ObservedStores>(stores: S, telemetry: Telemetry): S {
  const observed = RECORDS.map((kind) => [kind, observeRecords(kind, stores[kind], telemetry)]);
  return { ...stores, ...Object.fromEntries(observed), ...observeStores(stores, telemetry) };
}

/** How an operation of a store or the database ended. */
type Outcome = 'ok' | 'missing' | 'refused' | 'full' | 'unavailable' | 'failed';

function outcomeOfError(error: unknown): Outcome {
  if (error instanceof StorageFullError) return 'full';
  if (error instanceof StorageUnavailableError) return 'unavailable';
  // A client's own cursor that is none: nothing is wrong with the database.
  return error instanceof InvalidCursorError ? 'refused' : 'failed';
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

type Method = (...parameters: readonly unknown[]) => unknown;

/**
 * Records of any kind, every method timed by its name: there are as many names as methods.
 *
 * @param kind begins the name of each operation, such as `images` of `images.find`
 */
export function observeRecords<T extends object>(
  kind: string,
  records: T,
  telemetry: Telemetry,
): T {
  const members = Object.entries(records).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function' ? timed(`${kind}.${name}`, member as Method, telemetry) : member,
  ]);
  return Object.fromEntries(members) as T;
}

/** What is not a promise was no question to the database. */
function timed(operation: string, method: Method, { metrics, tracer }: Telemetry): Method {
  const end = (began: number, outcome: Outcome): void => {
    const ended = performance.now();
    metrics.databaseSeconds.observe({ operation, outcome }, (ended - began) / 1000);
    const isFailure = outcome !== 'ok' && outcome !== 'refused';
    tracer.note(`database ${operation}`, began, { 'aura.outcome': outcome }, isFailure, ended);
  };
  return (...parameters) => {
    const began = performance.now();
    const result = method(...parameters);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value) => {
        end(began, 'ok');
        return value;
      },
      (error: unknown) => {
        end(began, outcomeOfError(error));
        throw error;
      },
    );
  };
}

/** A receiver of uploads whose time is taken: how long it takes is mostly up to the client. */
export function observeReceiver(
  { receive }: UploadReceiver,
  { metrics, tracer }: Telemetry,
): UploadReceiver {
  return {
    async receive(request, limits, onChunk) {
      const began = performance.now();
      let outcome = 'failed';
      try {
        const received = await receive(request, limits, onChunk);
        outcome = 'ok';
        return received;
      } catch (error) {
        if (isRefusal(error)) outcome = 'refused';
        throw error;
      } finally {
        const ended = performance.now();
        metrics.receiveSeconds.observe({ outcome }, (ended - began) / 1000);
        tracer.note('upload body', began, { 'aura.outcome': outcome }, outcome === 'failed', ended);
      }
    },
  };
}

/** What is wrong with the body or its file; a store that is full or away is a failure. */
function isRefusal(error: unknown): boolean {
  return error instanceof ReceiveError || error instanceof ApiError;
}
