import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Edge, readAddress } from '@auraimage/edge';
import { type Addresses, createHostOf, isNormalized } from '@auraimage/host';
import { type Answer, ApiError, type RequestContext, type Router } from '@auraimage/http';
import type { ReadBatch } from '@auraimage/ports';
import { ERRORS, type ErrorCode } from '@auraimage/protocol';
import { getRequestListener } from '@hono/node-server';
import type { Config } from '../config/config.js';
import type { Observer } from '../telemetry/request-observer.js';
import type { HttpBindings } from '../telemetry/tracer.js';
import { createAccelRedirect } from './accel-redirect.js';
import { createAnswerReads } from './answer-reads.js';
import { boundConnections, type CloseReason } from './connections.js';
import { serializePipelined } from './pipelined.js';
import { createReadBatches } from './read-batches.js';
import {
  createClientOf,
  createIsDisconnected,
  inviteBody,
  rememberBody,
  requestScope,
} from './request-scope.js';
import { sendAnswer } from './send-answer.js';

/** How long a client may go on sending a body that is discarded, in milliseconds. */
const LINGER_MS = 5000;
/** How long a client may keep its side of a closed connection open, in milliseconds. */
const CLOSE_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Timeout of request headers, in milliseconds. */
const MAX_HEADERS_MS = 15_000;

type Limits = Pick<Config, 'idleSeconds' | 'uploadSeconds' | 'maxConnections' | 'trustedProxies'>;

/**
 * An HTTP server without an application: sockets, timeouts and protocol errors.
 * {@link attachApplication} adds the application.
 *
 * @param onClose called for every connection that is closed because there are too many
 */
export function createHttpServer(
  { idleSeconds, uploadSeconds, ...limits }: Limits,
  onClose: (reason: CloseReason) => void,
) {
  const headersTimeout = Math.min(idleSeconds * 1000, MAX_HEADERS_MS);
  const server = createServer({
    headersTimeout,
    requestTimeout: headersTimeout + uploadSeconds * 1000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // Node would answer without a body: see `hasHost`
  });
  boundConnections(server, limits, onClose);
  server.on('clientError', answerProtocolError);
  return server;
}

export interface Application {
  readonly edge: Pick<Edge, 'read'>;
  /** Answers every request that is not a read of an image. */
  readonly router: Router;
  readonly observer: Observer;
  readonly addresses: Addresses;
}

/** Connects an application to the server's requests. */
export function attachApplication(
  server: Server,
  { edge, router, observer, addresses }: Application,
  config: Limits & Parameters<typeof createAccelRedirect>[0] & Parameters<typeof mayReadMetrics>[1],
): void {
  const { idleSeconds, trustedProxies } = config;
  const clientOf = createClientOf(trustedProxies);
  const hostOf = addresses.split ? createHostOf(addresses) : () => null;
  const accelRedirect = createAccelRedirect(config);
  const isOperator = (incoming: IncomingMessage) => mayReadMetrics(incoming, config);

  const begin = (bindings: HttpBindings, request?: Request, batch?: ReadBatch) => {
    const { incoming } = bindings;
    const { requestId, client } = requestScope(bindings, clientOf);
    const context: RequestContext = {
      requestId,
      client,
      host: hostOf(incoming.headers.host ?? ''),
      isOperator: () => isOperator(incoming),
      isDisconnected: createIsDisconnected(bindings),
      inviteBody: request && (() => inviteBody(request)),
      batch,
      facts: {},
      step: observer.step,
    };
    return { context, span: observer.watch(bindings, context, pathOf(incoming)) };
  };

  const handle = (request: Request, bindings: HttpBindings): Promise<Response> => {
    if (lingerAfter(bindings)) rememberBody(request, bindings);
    const { context, span } = begin(bindings, request);
    const respond = () => router.fetch(request, context);
    return span === undefined ? respond() : span.within(respond);
  };

  const listener = getRequestListener(
    (request, env) => handle(request, env as unknown as HttpBindings),
    {
      autoCleanupIncoming: false,
      hostname: 'localhost', // for HTTP/1.0, as health checks of load balancers speak it
      errorHandler: () => errorResponse('request_malformed'),
    },
  );

  const send = (outgoing: ServerResponse, answer: Answer, context: RequestContext): void => {
    void sendAnswer(outgoing, answer, {
      onFailure(failure) {
        context.facts.failure = failure;
      },
      onUnreadable(cause) {
        context.facts.bodyBytes = 0;
        const error = new ApiError('storage_unavailable', { cause, retryAfterSeconds: 5 });
        return router.refuse(error, context);
      },
    });
    startWriteTimeout(outgoing, idleSeconds * 1000);
  };

  const refuse = (bindings: HttpBindings, code: ErrorCode): void => {
    lingerAfter(bindings);
    const { context } = begin(bindings);
    send(bindings.outgoing, router.refuse(new ApiError(code), context), context);
  };

  const answerReads = createAnswerReads(edge, ({ incoming, outgoing, context }, answer) =>
    send(outgoing, accelRedirect === null ? answer : accelRedirect(incoming, answer), context),
  );
  const batchNow = createReadBatches(answerReads);

  const onRequest = serializePipelined((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url: target = '' } = incoming;
    const path = pathOf(incoming);
    if (!hasHost(incoming)) return refuse({ incoming, outgoing }, 'request_malformed');
    if (!isNormalized(path)) return refuse({ incoming, outgoing }, 'image_not_found');
    const host = hostOf(incoming.headers.host ?? '');
    const refusal = host && router.refusal(method, path, host);
    if (refusal !== null) return refuse({ incoming, outgoing }, refusal);
    const address = hasBody(incoming) ? null : readAddress(method, target);
    if (address === null) {
      startWriteTimeout(outgoing, idleSeconds * 1000);
      return void listener(incoming, outgoing);
    }
    const batch = batchNow();
    const { context, span } = begin({ incoming, outgoing }, undefined, batch);
    batch.push({ incoming, outgoing, address, context, span });
  });
  server.on('request', onRequest);
  // Without this listener Node would send 100 Continue before anything was checked.
  server.on('checkContinue', onRequest);
  // Other expectations may be ignored (RFC 9110 §10.1.1); Node would answer them without a body.
  server.on('checkExpectation', onRequest);
}

/**
 * Closes the connection when the client reads nothing of the response for `idleMs`. While nothing is buffered
 * the server itself is working, which has its own timeouts.
 *
 * Call it when the response has been written: most are in the kernel by then and need no timer. Node clears
 * the timer with the next request.
 */
function startWriteTimeout(outgoing: ServerResponse, idleMs: number): void {
  if (outgoing.writableEnded && outgoing.writableLength === 0) return;
  outgoing.setTimeout(idleMs, () => {
    if (outgoing.writableLength > 0) outgoing.destroy();
  });
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** An HTTP/1.1 request must have a Host header (RFC 9112 §3.2). */
function hasHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host !== undefined || httpVersion === '1.0';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Discards what is left of a request body, if there is one, once the response has been sent. */
function lingerAfter({ incoming, outgoing }: HttpBindings): boolean {
  if (!hasBody(incoming)) return false;
  const closes = !outgoing.shouldKeepAlive;
  outgoing.shouldKeepAlive = true; // else Node closes the connection with the response, while the body is still arriving
  const { socket } = incoming; // Node removes it from a request that is aborted
  outgoing.once('finish', () => linger(incoming, socket, closes));
  return true;
}

/**
 * After an early refusal the client may still be sending. Closing at once would reset the connection and lose
 * the response, so what is left of it is read and discarded for a while (RFC 9112 §9.6).
 *
 * @param closes whether the connection is closed afterwards
 */
function linger(incoming: IncomingMessage, socket: Socket, closes: boolean): void {
  const end = () => {
    if (closes) close(socket);
  };
  if (incoming.readableEnded || incoming.destroyed) {
    end();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  incoming.once('close', () => clearTimeout(timer));
  incoming.once('end', () => {
    clearTimeout(timer);
    end();
  });
  incoming.removeAllListeners('data'); // a reader that stopped would pause the stream
  incoming.resume();
}

/**
 * Sends what is left and closes a connection, soon also against a client that keeps its own side open: until
 * then the connection counts.
 */
function close(socket: Socket, rest = ''): void {
  socket.end(rest);
  setTimeout(() => socket.destroy(), CLOSE_MS).unref();
}

function errorResponse(code: ErrorCode): Response {
  const { status, message } = ERRORS[code];
  return new Response(JSON.stringify({ message }), { status, headers: errorHeaders(code) });
}

function errorHeaders(code: ErrorCode): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Aura-Error': code,
    'X-Content-Type-Options': 'nosniff',
  };
}

const PROTOCOL_ERRORS: Partial<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_INVALID_EOF_STATE: 'body_incomplete',
  ERR_HTTP_REQUEST_TIMEOUT: 'body_timeout',
};

/** Answers what never became a request: malformed HTTP, headers that are too large, a request that timed out. */
function answerProtocolError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const code = PROTOCOL_ERRORS[error.code ?? ''] ?? 'request_malformed';
  const { status, message } = ERRORS[code];
  const body = JSON.stringify({ message });
  const responseHeaders = {
    ...errorHeaders(code),
    'Content-Length': body.length,
    Connection: 'close',
  };
  const head = Object.entries(responseHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  close(socket, `HTTP/1.1 ${status} Error\r\n${head.join('')}\r\n${body}`);
}

/** Host names that only a client on this machine uses. */
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * Whether a client may read the metrics: with the bearer token, if one is set. Without one only clients on
 * this machine may, and only while no public address is set: a proxy on the machine looks like a local client,
 * whoever its own client is.
 */
function mayReadMetrics(
  { headers, socket }: IncomingMessage,
  { metricsToken, ...urls }: Pick<Config, 'metricsToken' | 'publicUrl' | 'cdnUrl' | 'appUrl'>,
): boolean {
  if (metricsToken !== undefined) {
    const given = Buffer.from(headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${metricsToken}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  const proxied = 'x-forwarded-for' in headers || 'forwarded' in headers || 'via' in headers;
  const isLocal = /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  const isPrivate = [urls.publicUrl, urls.cdnUrl, urls.appUrl].every((url) => url === undefined);
  return isPrivate && isLocal && !proxied && LOCAL_HOST.test(headers.host ?? '');
}
