import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainRequest, RequestContext } from '@auraimage/http';
import type { ClientOf } from '../config/trusted-proxies.js';
import type { HttpBindings } from '../telemetry/tracer.js';

const bodies = new WeakMap<Request, HttpBindings>();
let counter = 0;
const start = randomBytes(6).toString('hex');

/** The id and the client of a request. Ids are unique across processes and cheap to make. */
export function requestScope(
  { incoming }: HttpBindings,
  clientOf: ClientOf,
): Pick<RequestContext, 'requestId' | 'client'> {
  counter++;
  return {
    requestId: `${start}-${counter.toString(36)}`,
    client: clientOf(incoming),
  };
}

/** The parts of a request that a read of an image needs. */
export function readOf(
  { headers }: IncomingMessage,
  outgoing: ServerResponse,
  method: string,
  target: string,
): PlainRequest {
  let controller: AbortController | undefined;
  return {
    method,
    target,
    headers: {
      // Repeated fields are one list (RFC 9110 §5.3).
      get(name) {
        const value = headers[name];
        return value === undefined ? null : String(value);
      },
    },
    get signal() {
      controller ??= abortedBy(outgoing);
      return controller.signal;
    },
  };
}

/** Created only when a read asks for its signal: most end before anyone could abort them. */
function abortedBy(outgoing: ServerResponse): AbortController {
  const controller = new AbortController();
  const abort = () => {
    if (!outgoing.writableFinished) controller.abort();
  };
  if (outgoing.destroyed) abort();
  else outgoing.once('close', abort);
  return controller;
}

/** Remembers the Node streams behind a request whose body may be read. */
export function rememberBody(request: Request, bindings: HttpBindings): void {
  bodies.set(request, bindings);
}

/**
 * The body of a request as a Node stream, several times as fast as a web stream on top of it. Sends
 * `100 Continue` if the client waits for it.
 */
export function nodeBody(request: Request): IncomingMessage | undefined {
  const bindings = bodies.get(request);
  if (bindings === undefined) return undefined;
  inviteBody(request);
  return bindings.incoming;
}

/** Sends `100 Continue` if the client waits for it. */
export function inviteBody(request: Request): void {
  const { incoming, outgoing } = bodies.get(request) ?? {};
  if (incoming?.headers.expect?.toLowerCase() === '100-continue') outgoing?.writeContinue();
}
