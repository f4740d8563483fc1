// Every metric of the server's own. Labels have few values, all defined by the server: never a key, an address
// or anything else that a client can choose. One metric has projects, of which it counts a hundred.

/** How the values of several processes are aggregated, in prom-client's terms. */
export type Aggregation = 'sum' | 'max' | 'first';

export interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Buckets for requests and uploads, which wait for clients, and for image jobs. */
const SLOW = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60] as const;
/** Buckets for calls of the database or the object store, local or across a network. */
const QUICK = [0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2, 10] as const;
/** Buckets for page loads: 2.5 and 4 seconds are the limits of good and poor. */
const LCP = [0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 30] as const;
const SIZES = [10e3, 100e3, 1e6, 5e6, 10e6, 30e6, 100e6] as const;

export const COUNTERS = {
  requests: {
    name: 'aura_requests_total',
    help: 'Requests by route, method and status; 499: the client disconnected before the response began',
    labels: ['route', 'method', 'status'],
  },
  errors: {
    name: 'aura_error_responses_total',
    help: 'Error responses by route and code; errors.md explains the codes',
    labels: ['route', 'code'],
  },
  refusals: {
    name: 'aura_serve_refusals_total',
    help: 'Refused reads of private images, by what was wrong with the token',
    labels: ['reason'],
  },
  connectionsClosed: {
    name: 'aura_connections_closed_total',
    help: 'Connections closed because there were too many: idle (closed for a new one), client_limit and server_limit (a new one, when no other was idle)',
    labels: ['reason'],
  },
  cacheResponses: {
    name: 'aura_cache_responses_total',
    help: 'Image responses by cache outcome: HIT, MISS, BYPASS (private)',
    labels: ['outcome'],
  },
  cacheEvictions: {
    name: 'aura_cache_evictions_total',
    help: 'Entries removed from the cache, by tier and reason: full (the project takes the most of a full cache), variants (the image had 200), stale (the image was deleted or changed), replaced (a re-encode)',
    labels: ['tier', 'reason'],
  },
  sentBytes: {
    name: 'aura_sent_bytes_total',
    help: 'Bytes sent in the bodies of image responses',
    labels: [],
  },
  encodeLimitReached: {
    name: 'aura_encode_limit_reached_total',
    help: "Requests that a project's time for image jobs did not allow, by whose part was used up: project, client, image, unsigned",
    labels: ['bound'],
  },
  imageJobsRefused: {
    name: 'aura_image_jobs_refused_total',
    help: 'Image jobs of requests refused because the queue was full',
    labels: ['task'],
  },
  imageProcessFailures: {
    name: 'aura_image_process_failures_total',
    help: 'Failures of image processes: crash, error, memory, start, timeout',
    labels: ['failure'],
  },
  storeRetries: {
    name: 'aura_store_retries_total',
    help: 'Retried requests to the bucket',
    labels: [],
  },
  backgroundFailures: {
    name: 'aura_background_failures_total',
    help: 'Failures outside of requests, by what failed: usage, variants, cache, control, retention',
    labels: ['work'],
  },
  webhookRequests: {
    name: 'aura_webhook_requests_total',
    help: 'Requests to webhooks, by what follows: delivered, retry, failed (no more attempts), gone (410, the webhook is disabled), lost (another server has the delivery, because this one took too long)',
    labels: ['outcome'],
  },
  traceExports: {
    name: 'aura_trace_exports_total',
    help: 'Batches of spans sent to the collector: ok, failed (lost)',
    labels: ['outcome'],
  },
} as const satisfies Record<string, Described>;

export const HISTOGRAMS = {
  requestSeconds: {
    name: 'aura_request_duration_seconds',
    help: 'Time from a request to the end of its response: ok (below 400), refused (4xx), failed (5xx), aborted (the client disconnected)',
    labels: ['route', 'outcome'],
    buckets: SLOW,
  },
  uploadBytes: {
    name: 'aura_upload_size_bytes',
    help: 'Sizes of uploaded masters',
    labels: [],
    buckets: SIZES,
  },
  receiveSeconds: {
    name: 'aura_upload_receive_duration_seconds',
    help: 'Time to receive the body of an upload, which depends mostly on the client: ok, refused, failed',
    labels: ['outcome'],
    buckets: SLOW,
  },
  imageWaitSeconds: {
    name: 'aura_image_job_wait_seconds',
    help: 'Time that an image job waited in the queue',
    labels: ['task'],
    buckets: SLOW,
  },
  imageSeconds: {
    name: 'aura_image_job_duration_seconds',
    help: 'Time of an image job without the wait, by the format that it reads (inspect, focus) or writes (render): ok, refused (a broken or too large file), failed',
    labels: ['task', 'format', 'outcome'],
    buckets: SLOW,
  },
  storeSeconds: {
    name: 'aura_store_operation_duration_seconds',
    help: 'Time of an object store operation, including retries; for reads, until the first byte: ok, missing, full, unavailable, failed',
    labels: ['operation', 'outcome'],
    buckets: QUICK,
  },
  pageLcpSeconds: {
    name: 'aura_page_lcp_seconds',
    help: 'Largest contentful paint of pages with `<AuraImage telemetry>`, as browsers report it, by project; (other): projects after the first hundred since the start',
    labels: ['project'],
    buckets: LCP,
  },
  databaseSeconds: {
    name: 'aura_database_operation_duration_seconds',
    help: 'Time of a database operation: ok, refused (an invalid page cursor), full, unavailable, failed',
    labels: ['operation', 'outcome'],
    buckets: QUICK,
  },
} as const satisfies Record<string, Described & { readonly buckets: readonly number[] }>;

export const GAUGES = {
  inFlight: {
    name: 'aura_requests_in_flight',
    help: 'Requests in flight',
    labels: [],
    aggregation: 'sum',
  },
  connections: {
    name: 'aura_connections_open',
    help: 'Open client connections',
    labels: [],
    aggregation: 'sum',
  },
  imageJobsWaiting: {
    name: 'aura_image_jobs_waiting',
    help: 'Image jobs in the queue: inspect (uploads), render, focus, border (of trimmed images), metadata (its removal), reencode (no request waits)',
    labels: ['task'],
    aggregation: 'sum',
  },
  imageJobsRunning: {
    name: 'aura_image_jobs_running',
    help: 'Image jobs that are running',
    labels: ['task'],
    aggregation: 'sum',
  },
  cacheBytes: {
    name: 'aura_cache_bytes',
    help: 'Bytes in the cache (variants and copies of masters), by tier: memory, disk',
    labels: ['tier'],
    aggregation: 'sum',
  },
  cacheLimitBytes: {
    name: 'aura_cache_limit_bytes',
    help: 'Size limit of the cache, by tier',
    labels: ['tier'],
    aggregation: 'sum',
  },
  cacheEntries: {
    name: 'aura_cache_entries',
    help: 'Entries in the cache, by tier',
    labels: ['tier'],
    aggregation: 'sum',
  },
  databaseConnections: {
    name: 'aura_database_connections',
    help: 'Connections to PostgreSQL, by state: busy, idle; none with SQLite',
    labels: ['state'],
    aggregation: 'sum',
  },
  databaseConnectionsLimit: {
    name: 'aura_database_connections_limit',
    help: 'Limit of connections to PostgreSQL',
    labels: [],
    aggregation: 'sum',
  },
  databaseQueriesWaiting: {
    name: 'aura_database_queries_waiting',
    help: 'Queries that wait for a connection to PostgreSQL',
    labels: [],
    aggregation: 'sum',
  },
  passwordsWaiting: {
    name: 'aura_password_hashes_waiting',
    help: 'Passwords that wait to be checked or hashed: two at a time are, and at most 64 of unknown browsers wait',
    labels: [],
    aggregation: 'sum',
  },
  webhooksPending: {
    name: 'aura_webhook_deliveries_pending',
    help: 'Deliveries of events to webhooks that are pending, as last known',
    labels: [],
    aggregation: 'max',
  },
  webhookDelay: {
    name: 'aura_webhook_delay_seconds',
    help: 'How long the first of the deliveries that are due has been due, without those to webhooks that fail or are slow repeatedly',
    labels: [],
    aggregation: 'max',
  },
  deletions: {
    name: 'aura_deletions_pending',
    help: 'Deleted projects whose images are not all removed yet, as last known',
    labels: [],
    aggregation: 'max',
  },
  draining: {
    name: 'aura_draining',
    help: '1 while the server is shutting down, else 0',
    labels: [],
    aggregation: 'max',
  },
  build: {
    name: 'aura_build_info',
    help: 'Always 1; the labels are the running versions',
    labels: ['version', 'node'],
    aggregation: 'first',
  },
} as const satisfies Record<string, Described & { readonly aggregation: Aggregation }>;

/** Every metric with its type, for the table in docs/operate/operations.md. */
export const CATALOGUE: readonly (Described & { readonly type: string })[] = [
  ...typed('counter', COUNTERS),
  ...typed('histogram', HISTOGRAMS),
  ...typed('gauge', GAUGES),
].sort((a, b) => (a.name < b.name ? -1 : 1));

function typed(type: string, metrics: Readonly<Record<string, Described>>) {
  return Object.values(metrics).map(({ name, help, labels }) => ({ name, help, labels, type }));
}
