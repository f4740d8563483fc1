import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PlainRequest, RequestContext } from '@auraimage/http';
import { compile, default as proxyAddress } from 'proxy-addr';
import type { HttpBindings } from '../telemetry/tracer.js';

/** A turn of the event loop that took longer may have seen the sockets before the process was suspended. */
const FAST_TURN_MS = 100;
/** Most attempts: on a busy machine each is slow, and the caller may hold a row lock. */
const MAX_ATTEMPTS = 3;

const bodies = new WeakMap<Request, HttpBindings>();
/** The first part of every id of this process. */
const start = randomBytes(4).toString('hex');

/** The id and the client of a request. The id is random: a counter would tell clients how many requests there are. */
export function requestScope(
  { incoming }: HttpBindings,
  clientOf: ClientOf,
): Pick<RequestContext, 'requestId' | 'client'> {
  return {
    requestId: `${start}-${randomUUID().slice(-17)}`,
    client: clientOf(incoming),
  };
}

/** Returns the network address of the client of a request. */
export type ClientOf = (incoming: IncomingMessage) => string;

/**
 * Without trusted proxies the client is the peer of the connection, and `X-Forwarded-For` is ignored. Behind
 * trusted proxies it is the last address in that header that is not one of them: everything before it could
 * have been sent by the client itself.
 *
 * @param trustedProxies addresses and ranges, as `isProxyList` takes them
 *
 * @example
 * const clientOf = createClientOf(['127.0.0.1', '10.0.0.0/8']);
 */
export function createClientOf(trustedProxies: readonly string[]): ClientOf {
  const peerOf: ClientOf = ({ socket }) => socket.remoteAddress ?? 'unknown';
  if (trustedProxies.length === 0) return peerOf;
  const trusts = compile([...trustedProxies]);
  return (incoming) => {
    const address = proxyAddress(incoming, trusts);
    return isIP(address) > 0 ? address : peerOf(incoming);
  };
}

/** The parts of a request that a read of an image needs. A class: V8 defines the getter of a literal each time anew. */
export class ReadRequest implements PlainRequest {
  readonly headers: PlainRequest['headers'];
  readonly #outgoing: ServerResponse;
  #controller: AbortController | undefined;

  constructor(
    { headers }: IncomingMessage,
    outgoing: ServerResponse,
    readonly method: string,
    readonly target: string,
  ) {
    this.#outgoing = outgoing;
    this.headers = {
      // Repeated fields are one list (RFC 9110 §5.3).
      get(name) {
        const value = headers[name];
        return value === undefined ? null : String(value);
      },
    };
  }

  get signal(): AbortSignal {
    this.#controller ??= abortedBy(this.#outgoing);
    return this.#controller.signal;
  }
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

/**
 * Returns a function that tells whether the request's client has disconnected. The kernel knows before this
 * process does, which may have been suspended or busy: so the event loop gets the time to poll the sockets.
 */
export function createIsDisconnected({ incoming, outgoing }: HttpBindings): () => Promise<boolean> {
  const { socket } = incoming; // Node removes it from a request that is aborted
  return async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const began = performance.now();
      await nextTurn();
      await nextTurn(); // every socket was polled between the two
      if (performance.now() - began < FAST_TURN_MS) break;
    }
    return outgoing.destroyed || socket.destroyed || socket.readableEnded;
  };
}
