import { ApiError } from '@auraimage/http';
import {
  type EncodeBudget,
  InvalidCursorError,
  type ObjectStore,
  ReceiveError,
  StorageFullError,
  StorageUnavailableError,
  type UploadReceiver,
} from '@auraimage/ports';
import type { MaybePromise } from '@auraimage/protocol';
import type { Telemetry } from './tracer.js';

const RECORDS = [
  'images',
  'presets',
  'projects',
  'registry',
  'members',
  'cliTokens',
  'invitations',
  'people',
  'audit',
  'usage',
  'receiptKeys',
  'recipients',
  'webhooks',
  'deliveries',
  'identity',
] as const;

type ObservedStores = Readonly<Record<(typeof RECORDS)[number], object>> & {
  readonly objects: ObjectStore;
};

/** Wraps everything that stores data, and measures every operation. */
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
  // The client sent an invalid cursor: the database is fine.
  return error instanceof InvalidCursorError ? 'refused' : 'failed';
}

/**
 * Runs an operation and reports its end. One that needs no promise gets none: every read runs two.
 *
 * @param outcomeOf the outcome of a result; `null` if it is not to be measured
 */
function watch<R>(
  work: () => MaybePromise<R>,
  outcomeOf: (result: R) => Outcome | null,
  end: (began: number, outcome: Outcome) => void,
): MaybePromise<R> {
  const began = performance.now();
  const succeed = (result: R): R => {
    const outcome = outcomeOf(result);
    if (outcome !== null) end(began, outcome);
    return result;
  };
  const fail = (error: unknown): never => {
    end(began, outcomeOfError(error));
    throw error;
  };
  let result: MaybePromise<R>;
  try {
    result = work();
  } catch (error) {
    return fail(error);
  }
  return result instanceof Promise ? result.then(succeed, fail) : succeed(result);
}

/** Wraps the object store and measures every operation. */
export function observeObjects(objects: ObjectStore, { metrics, tracer }: Telemetry): ObjectStore {
  const measure = <R>(operation: string, work: () => MaybePromise<R>): MaybePromise<R> =>
    watch(
      work,
      (result) => (result === null ? 'missing' : 'ok'),
      (began, outcome) => {
        const ended = performance.now();
        metrics.storeSeconds.observe({ operation, outcome }, (ended - began) / 1000);
        const failed = outcome !== 'ok' && outcome !== 'missing';
        tracer?.record(`masters ${operation}`, began, { 'aura.outcome': outcome }, failed, ended);
      },
    );
  return {
    async create() {
      const draft = await measure('create', () => objects.create());
      return {
        ...draft,
        // Chunks are not measured one by one, but a failed write is where a full disk shows.
        write: (chunk) =>
          draft.write(chunk).catch((error: unknown) => {
            const labels = { operation: 'write', outcome: outcomeOfError(error) };
            metrics.storeSeconds.observe(labels, 0);
            throw error;
          }),
        commit: async () => measure('commit', () => draft.commit()),
      };
    },
    read: (id, range) => measure('read', () => objects.read(id, range)),
    remove: async (id) => measure('remove', () => objects.remove(id)),
    ping: async () => measure('ping', () => objects.ping()),
  };
}

type Method = (...parameters: readonly unknown[]) => unknown;

/**
 * Wraps records of any kind and measures every method under its name.
 *
 * @param kind prefix of the operation names, such as `images` in `images.find`
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

/** A method that returns a function listens for something, and is not measured. */
function timed(operation: string, method: Method, { metrics, tracer }: Telemetry): Method {
  const outcomeOf = (result: unknown) => (typeof result === 'function' ? null : 'ok');
  const end = (began: number, outcome: Outcome): void => {
    const ended = performance.now();
    metrics.databaseSeconds.observe({ operation, outcome }, (ended - began) / 1000);
    const isFailure = outcome !== 'ok' && outcome !== 'refused';
    tracer?.record(`database ${operation}`, began, { 'aura.outcome': outcome }, isFailure, ended);
  };
  return (...parameters) => watch(() => method(...parameters), outcomeOf, end);
}

/** Wraps the upload receiver and measures it. The time depends mostly on the client. */
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
        tracer?.record(
          'upload body',
          began,
          { 'aura.outcome': outcome },
          outcome === 'failed',
          ended,
        );
      }
    },
  };
}

/** Wraps the encode budget: counts the requests that it refuses. A re-encode, of no client, is made later. */
export function observeBudget(
  budget: EncodeBudget,
  { metrics }: Pick<Telemetry, 'metrics'>,
): EncodeBudget {
  return {
    ...budget,
    async check(work) {
      const refusal = await budget.check(work);
      if (refusal !== null && work.client !== '')
        metrics.encodeLimitReached.inc({ bound: refusal.bound });
      return refusal;
    },
  };
}

/** Whether the body or its file was refused. A store that is full or unavailable is a failure instead. */
function isRefusal(error: unknown): boolean {
  return error instanceof ReceiveError || error instanceof ApiError;
}
