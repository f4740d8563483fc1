// Every metric of the server's own. Labels have few values each, all of them the server's: never a
// project, a key, an address or anything else that a client makes up.

/** How the values of several processes on one machine become one: prom-client's words. */
export type Together = 'sum' | 'max' | 'first';

export interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** For requests and uploads, which wait for clients, and for image work. */
const SLOW = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60] as const;
/** For what is a call of the database or the store, in memory or across a network. */
const QUICK = [0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2, 10] as const;
const SIZES = [10e3, 100e3, 1e6, 5e6, 10e6, 30e6, 100e6] as const;

export const COUNTERS = {
  requests: {
    name: 'aura_requests_total',
    help: 'Requests by route, method and status; 499: the client left before its answer began',
    labels: ['route', 'method', 'status'],
  },
  errors: {
    name: 'aura_error_answers_total',
    help: 'Error answers by route and code: see errors.md',
    labels: ['route', 'code'],
  },
  refusals: {
    name: 'aura_serve_refusals_total',
    help: 'Private reads refused, by what was wrong with the token',
    labels: ['reason'],
  },
  cacheAnswers: {
    name: 'aura_cache_answers_total',
    help: 'Image answers by cache outcome: HIT, MISS, BYPASS (private)',
    labels: ['outcome'],
  },
  cacheEvictions: {
    name: 'aura_cache_evictions_total',
    help: 'Variants and copies of masters evicted because the cache was full, by tier: memory, disk',
    labels: ['tier'],
  },
  sentBytes: {
    name: 'aura_sent_bytes_total',
    help: 'Bytes of image answers that were sent, without header fields',
    labels: [],
  },
  imageJobsRefused: {
    name: 'aura_image_jobs_refused_total',
    help: 'Image jobs refused because the queue was full',
    labels: ['task'],
  },
  imageIncidents: {
    name: 'aura_image_incidents_total',
    help: 'Image processes that came to nothing: crash, error, memory, start, timeout',
    labels: ['failure'],
  },
  storeRetries: {
    name: 'aura_store_retries_total',
    help: 'Requests to the bucket that were sent again after a failure that may pass',
    labels: [],
  },
  backgroundFailures: {
    name: 'aura_background_failures_total',
    help: 'Failures that no request was answered with: usage, audit, variants, cache, control',
    labels: ['work'],
  },
  traceExports: {
    name: 'aura_trace_exports_total',
    help: 'Batches of spans that went to the collector: ok, failed (they are lost)',
    labels: ['outcome'],
  },
} as const satisfies Record<string, Described>;

export const HISTOGRAMS = {
  requestSeconds: {
    name: 'aura_request_duration_seconds',
    help: 'Time from a request to the end of its answer: ok (below 400), refused (4xx), failed (5xx), aborted (the client left)',
    labels: ['route', 'outcome'],
    buckets: SLOW,
  },
  uploadBytes: {
    name: 'aura_upload_size_bytes',
    help: 'Sizes of the masters that were uploaded',
    labels: [],
    buckets: SIZES,
  },
  receiveSeconds: {
    name: 'aura_upload_receive_duration_seconds',
    help: 'Time for the body of an upload to arrive, which is mostly the client’s: ok, refused, failed',
    labels: ['outcome'],
    buckets: SLOW,
  },
  imageWaitSeconds: {
    name: 'aura_image_job_wait_seconds',
    help: 'Time that an image job waited for its turn',
    labels: ['task'],
    buckets: SLOW,
  },
  imageSeconds: {
    name: 'aura_image_job_duration_seconds',
    help: 'Time of an image job from its turn on, by the format that it reads (inspect, focus) or makes (render): ok, refused (a broken or too large file), failed',
    labels: ['task', 'format', 'outcome'],
    buckets: SLOW,
  },
  storeSeconds: {
    name: 'aura_store_operation_duration_seconds',
    help: 'Time of an operation on the object store, retries included; of a read until its bytes begin: ok, missing, full, unavailable, failed',
    labels: ['operation', 'outcome'],
    buckets: QUICK,
  },
  databaseSeconds: {
    name: 'aura_database_operation_duration_seconds',
    help: 'Time of an operation on the database: ok, refused (a page that there is not), full, unavailable, failed',
    labels: ['operation', 'outcome'],
    buckets: QUICK,
  },
} as const satisfies Record<string, Described & { readonly buckets: readonly number[] }>;

export const GAUGES = {
  inFlight: {
    name: 'aura_requests_in_flight',
    help: 'Requests whose answers are not yet sent',
    labels: [],
    together: 'sum',
  },
  connections: {
    name: 'aura_connections_open',
    help: 'Connections of clients that are open',
    labels: [],
    together: 'sum',
  },
  imageJobsWaiting: {
    name: 'aura_image_jobs_waiting',
    help: 'Image jobs that wait for their turn: inspect (uploads), render, focus',
    labels: ['task'],
    together: 'sum',
  },
  imageJobsRunning: {
    name: 'aura_image_jobs_running',
    help: 'Image jobs that are being worked on',
    labels: ['task'],
    together: 'sum',
  },
  cacheBytes: {
    name: 'aura_cache_bytes',
    help: 'Bytes of variants and copies of masters in the cache, by tier: memory, disk',
    labels: ['tier'],
    together: 'sum',
  },
  cacheLimitBytes: {
    name: 'aura_cache_limit_bytes',
    help: 'Most bytes that the cache may keep',
    labels: ['tier'],
    together: 'sum',
  },
  cacheEntries: {
    name: 'aura_cache_entries',
    help: 'Variants and copies of masters in the cache',
    labels: ['tier'],
    together: 'sum',
  },
  databaseConnections: {
    name: 'aura_database_connections',
    help: 'Connections to PostgreSQL, by state: busy, idle; none with a file',
    labels: ['state'],
    together: 'sum',
  },
  databaseConnectionsLimit: {
    name: 'aura_database_connections_limit',
    help: 'Most connections to PostgreSQL',
    labels: [],
    together: 'sum',
  },
  databaseWaiting: {
    name: 'aura_database_waiting',
    help: 'Questions that wait for a connection to PostgreSQL',
    labels: [],
    together: 'sum',
  },
  deletions: {
    name: 'aura_deletions_outstanding',
    help: 'Deleted projects whose images are not all removed yet, as last known',
    labels: [],
    together: 'max',
  },
  draining: {
    name: 'aura_draining',
    help: '1 once the server has begun to shut down, else 0',
    labels: [],
    together: 'max',
  },
  build: {
    name: 'aura_build_info',
    help: 'Always 1: what runs',
    labels: ['version', 'node'],
    together: 'first',
  },
} as const satisfies Record<string, Described & { readonly together: Together }>;

/** Every metric with its type, for the table in the documents. */
export const CATALOGUE: readonly (Described & { readonly type: string })[] = [
  ...typed('counter', COUNTERS),
  ...typed('histogram', HISTOGRAMS),
  ...typed('gauge', GAUGES),
].sort((a, b) => (a.name < b.name ? -1 : 1));

function typed(type: string, metrics: Readonly<Record<string, Described>>) {
  return Object.values(metrics).map(({ name, help, labels }) => ({ name, help, labels, type }));
}
