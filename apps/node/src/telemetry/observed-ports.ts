import { ApiError } from '@auraimage/http';
import {
  InvalidCursorError,
  type ObjectStore,
  ReceiveError,
  StorageFullError,
  StorageUnavailableError,
  type UploadReceiver,
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
};

/** Everything that keeps data, every operation timed. */
export function observeAll<S extends ObservedStores>(stores: S, telemetry: Telemetry): S {
  const observed = RECORDS.map((kind) => [kind, observeRecords(kind, stores[kind], telemetry)]);
  return {
    ...stores,
    ...Object.fromEntries(observed),
    objects: observeObjects(stores.objects, telemetry),
  };
}

/** How an operation of a store or the database ended. */
type Outcome = 'ok' | 'missing' | 'refused' | 'full' | 'unavailable' | 'failed';

function outcomeOfError(error: unknown): Outcome {
  if (error instanceof StorageFullError) return 'full';
  if (error instanceof StorageUnavailableError) return 'unavailable';
  // A client's own cursor that is none: nothing is wrong with the database.
  return error instanceof InvalidCursorError ? 'refused' : 'failed';
}

/** The store of masters, every operation timed. */
export function observeObjects(objects: ObjectStore, { metrics, tracer }: Telemetry): ObjectStore {
  async function watch<R>(operation: string, work: () => Promise<R>): Promise<R> {
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
      metrics.storeSeconds.observe({ operation, outcome }, (ended - began) / 1000);
      const failed = outcome !== 'ok' && outcome !== 'missing';
      tracer.note(`masters ${operation}`, began, { 'aura.outcome': outcome }, failed, ended);
    }
  }
  return {
    async create() {
      const draft = await watch('create', () => objects.create());
      return {
        ...draft,
        // A chunk is no operation of its own, but a chunk that cannot be written is where a full disk shows.
        write: (chunk) =>
          draft.write(chunk).catch((error: unknown) => {
            const labels = { operation: 'write', outcome: outcomeOfError(error) };
            metrics.storeSeconds.observe(labels, 0);
            throw error;
          }),
        commit: () => watch('commit', () => draft.commit()),
      };
    },
    read: (id, range) => watch('read', () => objects.read(id, range)),
    remove: (id) => watch('remove', () => objects.remove(id)),
    ping: () => watch('ping', () => objects.ping()),
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
