import { type CountedRequest, knownMethod, loggedPath, type UsageCounter } from '@auraimage/host';
import type { RequestContext } from '@auraimage/http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { HttpBindings, RequestSpan, Telemetry } from './tracer.js';

/** The status of requests whose client disconnected before the response began, as in nginx's logs. */
const CLIENT_CLOSED_REQUEST = 499;

/** What is known about a request. */
interface Observed {
  readonly requestId: string;
  readonly client: string;
  /** Filled in while the request is handled. */
  readonly facts: CountedRequest['facts'];
}

export interface Observer {
  /**
   * Observes a request until its response has been sent or its client has disconnected.
   *
   * @returns the span in which to handle the request; absent without traces
   */
  watch(
    bindings: HttpBindings,
    observed: Observed,
    path: string,
  ): Pick<RequestSpan, 'within'> | undefined;
  /** Traces the steps of a request; absent without traces. */
  readonly step: RequestContext['step'];
  /** All metrics in the Prometheus text format. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** All metrics as JSON, for another process. */
  snapshot(): ReturnType<Registry['getMetricsAsJSON']>;
  /** Number of requests in flight. */
  readonly inFlight: () => number;
}

/**
 * Writes a log line, metrics, usage and, if traced, a span for every request. None of them contains query
 * strings, tokens or secrets.
 */
export function createRequestObserver(
  logger: Logger,
  { metrics, tracer }: Telemetry,
  usage: Pick<UsageCounter, 'count'>,
): Observer {
  let open = 0;
  metrics.onCollect(() => metrics.inFlight.set(open));

  function finish(
    { incoming, outgoing }: HttpBindings,
    env: Observed,
    path: string,
    began: {
      readonly at: number;
      readonly written: number;
      readonly span: RequestSpan | undefined;
    },
  ) {
    const { route = 'unknown', refusal, failure, cache, project, code } = env.facts;
    const { uploadedBytes, pageLoad } = env.facts;
    const duration = performance.now() - began.at;
    const method = knownMethod(incoming.method ?? '');
    // Before a response begins, Node's status code is the default, 200.
    const status = outgoing.headersSent ? outgoing.statusCode : CLIENT_CLOSED_REQUEST;
    const outcome = outcomeOf(status, outgoing.writableFinished);
    metrics.requests.inc({ route, method, status });
    metrics.requestSeconds.observe({ route, outcome }, duration / 1000);
    if (code !== undefined) metrics.errors.inc({ route, code });
    if (refusal !== undefined) metrics.refusals.inc({ reason: refusal });
    if (cache !== undefined) metrics.cacheResponses.inc({ outcome: cache });
    if (uploadedBytes !== undefined) metrics.uploadBytes.observe({}, uploadedBytes);
    if (pageLoad !== undefined) {
      metrics.pageLcpSeconds.observe({ project: pageLoad.project }, pageLoad.lcpSeconds);
    }
    const sentBytes = sentOf(incoming, outgoing, env.facts.bodyBytes, began.written);
    if (sentBytes > 0) metrics.sentBytes.inc({}, sentBytes);
    usage.count({ facts: env.facts, status, sentBytes });
    const level = failure === undefined ? 'info' : 'error';
    const isLogged = logger.isLevelEnabled(level);
    if (!isLogged && began.span === undefined) return;
    const ownedPath = route === 'unknown' ? undefined : loggedPath(path);
    began.span?.end(
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
    if (!isLogged) return;
    logger[level](
      {
        requestId: env.requestId,
        traceId: began.span?.traceId,
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
      const span = tracer?.begin(bindings);
      const began = { at: performance.now(), written: bytesWritten, span };
      open++;
      // Not `once`, which wraps the listener: "close" is emitted once.
      bindings.outgoing.on('close', () => {
        open--;
        finish(bindings, env, path, began);
      });
      return span;
    },
    step: tracer?.step,
    async metrics() {
      const { registry } = metrics;
      return { type: registry.contentType, text: await registry.metrics() };
    },
    snapshot: () => metrics.registry.getMetricsAsJSON(),
    inFlight: () => open,
  };
}

/** Bytes of the body that were sent. If it was cut off: the bytes written to the connection since it began. */
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
