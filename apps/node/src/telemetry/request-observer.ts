import { isKey } from '@auraimage/protocol';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { HttpBindings, RequestSpan, Telemetry, Tracer } from './tracer.js';
import type { Meter, Metered } from './usage-counter.js';

/** Stands for a status where the client left before its answer began, as in nginx's logs. */
const CLIENT_GONE = 499;

/** A request of the edge, the control plane or the dashboard. */
interface Observed {
  readonly requestId: string;
  readonly client: string;
  /** Filled in by whoever answers. */
  readonly facts: Metered['facts'];
}

export interface Observer {
  /**
   * Watches one request until its answer has been sent or its client has gone.
   *
   * @returns the span that the request is answered within
   */
  watch(bindings: HttpBindings, observed: Observed, path: string): Pick<RequestSpan, 'within'>;
  /** Looks at the steps of an answer; absent where nobody asked for that. */
  readonly step: Tracer['step'];
  /** Every metric in the format of Prometheus. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** The same as a message to another process. */
  snapshot(): ReturnType<Registry['getMetricsAsJSON']>;
  /** Requests whose answers are not yet sent. */
  readonly inFlight: () => number;
}

/** A log line, the metrics, the usage and, where it is traced, the span of every request. Queries, tokens and secrets are in none. */
export function createObserver(
  logger: Logger,
  { metrics, tracer }: Telemetry,
  meter: Pick<Meter, 'note'>,
): Observer {
  let open = 0;
  metrics.onCollect(() => metrics.inFlight.set(open));

  function finish(
    { incoming, outgoing }: HttpBindings,
    env: Observed,
    path: string,
    began: { readonly at: number; readonly written: number; readonly span: RequestSpan },
  ) {
    const { route = 'unknown', refusal, failure, cache, project, code, uploadedBytes } = env.facts;
    const duration = performance.now() - began.at;
    const method = knownMethod(incoming.method ?? '');
    // Where no answer began, Node still has the status that it begins with.
    const status = outgoing.headersSent ? outgoing.statusCode : CLIENT_GONE;
    const outcome = outcomeOf(status, outgoing.writableFinished);
    metrics.requests.inc({ route, method, status });
    metrics.requestSeconds.observe({ route, outcome }, duration / 1000);
    if (code !== undefined) metrics.errors.inc({ route, code });
    if (refusal !== undefined) metrics.refusals.inc({ reason: refusal });
    if (cache !== undefined) metrics.cacheAnswers.inc({ outcome: cache });
    if (uploadedBytes !== undefined) metrics.uploadBytes.observe({}, uploadedBytes);
    const sentBytes = sentOf(incoming, outgoing, env.facts.bodyBytes, began.written);
    if (sentBytes > 0) metrics.sentBytes.inc({}, sentBytes);
    meter.note({ facts: env.facts, status, sentBytes });
    const ownedPath = route === 'unknown' ? undefined : ownPath(path);
    began.span.end(
      {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': outgoing.headersSent ? status : undefined,
        'url.path': ownedPath,
        'error.type': code,
        'aura.request_id': env.requestId,
        'aura.project': project,
        'aura.cache': cache,
        'aura.refusal': refusal,
        'aura.outcome': outcome,
      },
      status >= 500,
    );
    const level = failure === undefined ? 'info' : 'error';
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        requestId: env.requestId,
        traceId: began.span.traceId,
        client: env.client,
        method,
        route,
        path: ownedPath,
        project,
        status,
        code,
        durationMs: Math.round(duration * 10) / 10,
        cache,
        refusal,
        aborted: outgoing.writableFinished ? undefined : true,
        err: failure,
      },
      'request',
    );
  }

  return {
    watch(bindings, env, path) {
      const { bytesWritten } = bindings.incoming.socket;
      const span = tracer.begin(bindings);
      const began = { at: performance.now(), written: bytesWritten, span };
      open++;
      bindings.outgoing.once('close', () => {
        open--;
        finish(bindings, env, path, began);
      });
      return span;
    },
    step: tracer.step,
    async metrics() {
      const { registry } = metrics;
      return { type: registry.contentType, text: await registry.metrics() };
    },
    snapshot: () => metrics.registry.getMetricsAsJSON(),
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

function outcomeOf(status: number, wasSent: boolean): string {
  if (!wasSent) return 'aborted';
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'ok';
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
