import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction, type TcpSocketConnectOpts } from 'node:net';
import {
  WEBHOOK_ANSWER_BYTES,
  type WebhookProblem,
  type WebhookRequest,
  type WebhookSender,
  type WebhookUrlProblem,
  webhookAnswerStart,
  webhookUrlProblem,
} from '@auraimage/ports';
import { type ResolveName, resolveByDns } from './names.js';
import { createNetworks } from './networks.js';

/** Most bytes of an answer's headers. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Time for the start of an answer's body, once its status is known, in milliseconds. */
const BODY_MS = 1000;
/** Time for the addresses of a name while a webhook is created, in milliseconds. */
const CHECK_MS = 3000;
/** After this an address of several is given up for the next one, in milliseconds. */
const NEXT_ADDRESS_MS = 1000;
export interface WebhookSenderOptions {
  /**
   * Addresses and ranges that webhooks may reach although they are not public, such as `10.0.0.0/8`. There, and only
   * there, a URL may be `http:`.
   */
  readonly allowedNetworks: readonly string[];
  readonly userAgent: string;
  /** Default: DNS. */
  readonly resolve?: ResolveName;
  /** Certificates of authorities in PEM. Default: those that Node trusts. */
  readonly authorities?: string;
}

/** A URL whose addresses have been checked. */
interface Target {
  readonly url: URL;
  /** Without the brackets of IPv6 and without a dot at its end. */
  readonly host: string;
  readonly addresses: readonly string[];
}

/** The servers of names did not answer, or not in time. */
class NoAnswer extends Error {}

/** A failure with a word for the delivery log. */
class Failure extends Error {
  constructor(readonly problem: WebhookProblem) {
    super(problem);
  }
}

/**
 * A {@link WebhookSender} that connects to the addresses that it has checked, never to those of a second look-up. Each
 * request has a connection of its own. No environment variable sends it through a proxy.
 *
 * @throws {Error} for a network that is no address or range
 *
 * @example
 * const sender = createWebhookSender({ allowedNetworks: [], userAgent: 'AuraImage' });
 * await sender.problemOf('https://169.254.169.254/'); // 'address_refused'
 */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { userAgent, authorities, resolve = resolveByDns } = options;
  const networks = createNetworks(options.allowedNetworks);

  /** The target of a URL without {@link webhookUrlProblem}, or what is wrong with its addresses. */
  async function check(url: URL, signal: AbortSignal): Promise<Target | WebhookUrlProblem> {
    const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
    const addresses = isIP(host) === 0 ? await addressesOf(host, signal) : [host];
    if (addresses.every(networks.isAllowed)) return { url, host, addresses };
    // One refused address is enough: names that mix them are made for attacks.
    const isReachable = (address: string) =>
      networks.isPublic(address) || networks.isAllowed(address);
    if (!addresses.every(isReachable)) return 'address_refused';
    return url.protocol === 'https:' ? { url, host, addresses } : 'https_required';
  }

  /** @throws {NoAnswer} */
  async function addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await resolve(host, signal);
    } catch (cause) {
      // Errors of DNS have a code.
      const isNoAnswer = signal.aborted || typeof Object(cause).code === 'string';
      throw isNoAnswer ? new NoAnswer('name not resolved', { cause }) : cause;
    }
  }

  async function exchange(sent: WebhookRequest, signal: AbortSignal) {
    if (webhookUrlProblem(sent.url) !== null) throw new Failure('address_refused');
    const target = await check(new URL(sent.url), signal).catch((error) => {
      throw error instanceof NoAnswer ? new Failure('name_not_found') : error;
    });
    if (typeof target === 'string') throw new Failure('address_refused');
    if (target.addresses.length === 0) throw new Failure('name_not_found');
    signal.throwIfAborted();
    const body = Buffer.from(sent.body);
    const request = open(target, {
      ...sent.headers,
      'user-agent': userAgent,
      'content-length': String(body.length),
    });
    const abort = () => request.destroy();
    signal.addEventListener('abort', abort);
    try {
      request.end(body);
      const response = await answerOf(request);
      const retryAfter = response.headers['retry-after']?.slice(0, 100) ?? null;
      return {
        status: response.statusCode ?? 0,
        retryAfter,
        bodyStart: await startOf(response),
      };
    } finally {
      signal.removeEventListener('abort', abort);
      request.destroy();
    }
  }

  function open({ url, host, addresses }: Target, headers: Record<string, string>): ClientRequest {
    const lookup: LookupFunction = (_name, { all }, callback) => {
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      const [{ address, family } = { address: '', family: 0 }] = found;
      if (all === true) callback(null, found);
      else callback(null, address, family);
    };
    const options: RequestOptions & Pick<TcpSocketConnectOpts, 'autoSelectFamilyAttemptTimeout'> = {
      method: 'POST',
      host,
      port: url.port,
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host },
      lookup,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
      // SNI names no address (RFC 6066 §3). Without it the certificate is compared with `host`.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ca: authorities,
      // A connection of its own: one that is kept would skip the check, and the global agent may use a proxy.
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    return url.protocol === 'https:' ? requestHttps(options) : requestHttp(options);
  }

  return {
    async send(sent) {
      const started = performance.now();
      const time = () => ({ milliseconds: Math.round(performance.now() - started) });
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), sent.timeoutMs);
      const abort = () => deadline.abort();
      sent.signal?.addEventListener('abort', abort);
      try {
        sent.signal?.throwIfAborted();
        return { ok: true, ...(await exchange(sent, deadline.signal)), ...time() };
      } catch (error) {
        sent.signal?.throwIfAborted();
        if (deadline.signal.aborted) return { ok: false, problem: 'timeout', ...time() };
        if (!(error instanceof Failure)) throw error;
        return { ok: false, problem: error.problem, ...time() };
      } finally {
        clearTimeout(timer);
        sent.signal?.removeEventListener('abort', abort);
      }
    },
    async problemOf(text) {
      const problem = webhookUrlProblem(text);
      if (problem !== null) return problem;
      // A name that nobody answers for is accepted like one that is not found: it may be registered later.
      const found = await check(new URL(text), AbortSignal.timeout(CHECK_MS)).catch((error) => {
        if (error instanceof NoAnswer) return null;
        throw error;
      });
      return typeof found === 'string' ? found : null;
    },
  };
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let handshake = false;
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        handshake = request.protocol === 'https:';
      });
      socket.once('secureConnect', () => {
        handshake = false;
      });
    });
    const fail = () => reject(new Failure(handshake ? 'tls_failed' : 'connection_failed'));
    request.on('response', resolve);
    request.on('error', fail);
    // A connection that ends without an answer, or with another protocol.
    request.on('close', fail);
  });
}

/** The start of a body, with what has arrived when it ends early, breaks off or takes too long. */
function startOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(end, BODY_MS);
    function end(): void {
      clearTimeout(timer);
      resolve(webhookAnswerStart(Buffer.concat(chunks)));
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= WEBHOOK_ANSWER_BYTES) end();
    });
    response.on('error', end);
    response.on('close', end);
    response.on('end', end);
  });
}
