import { isKey } from '@auraimage/protocol';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter, Metered } from './meter.js';
import type { HttpBindings } from './request-scope.js';

/** A request of the edge, the control plane or the dashboard. */
interface Observed {
  readonly requestId: string;
  readonly client: string;
  /** Filled in by whoever answers. */
  readonly facts: Metered['facts'];
}

export interface Observer {
  /** Watches one request until its answer has been sent or its client has gone. */
  watch(bindings: HttpBindings, observed: Observed, path: string): void;
  /** Every metric in the format of Prometheus. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** The same as a message to another process. */
  snapshot(): ReturnType<Registry['getMetricsAsJSON']>;
  /** Requests whose answers are not yet sent. */
  readonly inFlight: () => number;
}

/** A log line, the metrics and the usage of every request. Queries, tokens and secrets are in none. */
export function createObserver(logger: Logger, meter: Pick<Meter, 'note'>): Observer {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'aura_requests_total',
    help: 'Requests by route, method and status',
    labelNames: ['route', 'method', 'status'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'aura_request_seconds',
    help: 'Time from a request to the end of its answer, in seconds',
    labelNames: ['route'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const refusals = new Counter({
    name: 'aura_serve_refusals_total',
    help: 'Private reads refused, by what was wrong with the token',
    labelNames: ['reason'] as const,
    registers,
  });
  const cache = new Counter({
    name: 'aura_cache_total',
    help: 'Image answers by edge cache outcome',
    labelNames: ['outcome'] as const,
    registers,
  });
  let open = 0;
  new Gauge({
    name: 'aura_requests_in_flight',
    help: 'Requests whose answers are not yet sent',
    registers,
    collect() {
      this.set(open);
    },
  });

  function finish(
    { incoming, outgoing }: HttpBindings,
    env: Observed,
    path: string,
    began: { readonly at: number; readonly written: number },
  ) {
    const { route = 'unknown', refusal, failure, cache: outcome, project, code } = env.facts;
    const duration = performance.now() - began.at;
    const { method = '' } = incoming;
    const status = outgoing.statusCode;
    requests.inc({ route, method: knownMethod(method), status });
    seconds.observe({ route }, duration / 1000);
    if (refusal !== undefined) refusals.inc({ reason: refusal });
    if (outcome !== undefined) cache.inc({ outcome });
    const sentBytes = sentOf(incoming, outgoing, env.facts.bodyBytes, began.written);
    meter.note({ facts: env.facts, status: outgoing.headersSent ? status : 0, sentBytes });
    const level = failure === undefined ? 'info' : 'error';
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        requestId: env.requestId,
        client: env.client,
        method: knownMethod(method),
        route,
        path: route === 'unknown' ? undefined : ownPath(path),
        project,
        status,
        code,
        durationMs: Math.round(duration * 10) / 10,
        cache: outcome,
        refusal,
        aborted: outgoing.writableFinished ? undefined : true,
        err: failure,
      },
      'request',
    );
  }

  return {
    watch(bindings, env, path) {
      const began = { at: performance.now(), written: bindings.incoming.socket.bytesWritten };
      open++;
      bindings.outgoing.once('close', () => {
        open--;
        finish(bindings, env, path, began);
      });
    },
    async metrics() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
    snapshot: () => registry.getMetricsAsJSON(),
    inFlight: () => open,
  };
}

/** Bytes of a body that were sent. Of one that was cut off: what the connection took since it began. */
function sentOf(
  { socket }: HttpBindings['incoming'],
  outgoing: HttpBindings['outgoing'],
  bodyBytes: number | undefined,
  written: number,
): number {
  if (bodyBytes === undefined || outgoing.writableFinished) return bodyBytes ?? 0;
  return Math.min(bodyBytes, Math.max(0, socket.bytesWritten - written));
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

function knownMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

const OWN_SEGMENTS = /^(?:\/[a-z0-9-]{1,40})*$/;

/** A path of the form that the server's own have. Any other is the client's text: it could hold a token. */
function ownPath(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  const folders = isKey(path.slice(slash + 1)) ? path.slice(0, slash) : path;
  return OWN_SEGMENTS.test(folders) ? path : undefined;
}
