import { knownMethod, loggedPath, type UsageCounter } from '@auraimage/host';
import type { RequestContext } from '@auraimage/http';
import type { Log } from './log.js';

interface Observed {
  readonly request: Request;
  readonly context: RequestContext;
  readonly path: string;
  readonly response: Response;
  /** Milliseconds since 1970. */
  readonly started: number;
}

/** Writes a log line and counts usage. Neither contains query strings, tokens or secrets. */
export function observe(
  { request, context: { facts, requestId, client }, path, response, started }: Observed,
  usage: Pick<UsageCounter, 'count'>,
  log: Log,
): void {
  const { route = 'unknown', project, code, cache, refusal, failure } = facts;
  const { status } = response;
  // The runtime does not report whether a client has read the whole body.
  usage.count({ facts, status, sentBytes: facts.bodyBytes ?? 0 });
  log[failure === undefined ? 'info' : 'error'](
    {
      requestId,
      client,
      method: knownMethod(request.method),
      route,
      path: route === 'unknown' ? undefined : loggedPath(path),
      project,
      status,
      code,
      durationMs: Date.now() - started,
      cache,
      refusal,
      err: failure,
    },
    'request',
  );
}
