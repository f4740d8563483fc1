import {
  WEBHOOK_ANSWER_BYTES,
  type WebhookRequest,
  type WebhookSender,
  type WebhookUrlProblem,
  webhookAnswerStart,
  webhookUrlProblem,
} from '@auraimage/ports';

/** Time for the start of an answer's body, once its status is known, in milliseconds. */
const BODY_MS = 1000;

export interface FetchSenderOptions {
  readonly userAgent: string;
  /** Default: the global one. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * A {@link WebhookSender} on `fetch`, for a host from which no private network can be reached: it cannot see the
 * addresses that it connects to. It sends to names of the public Internet only, over https, and follows no redirect.
 *
 * @example
 * const sender = createFetchSender({ userAgent: 'AuraImage' });
 * await sender.problemOf('https://169.254.169.254/'); // 'address_refused'
 */
export function createFetchSender({
  userAgent,
  fetch: send = (url, init) => fetch(url, init),
}: FetchSenderOptions): WebhookSender {
  /** `null` for whatever `fetch` rejects with: in Workers, errors of the network have no type of their own. */
  function post({ url, headers, body }: WebhookRequest, signal: AbortSignal) {
    return send(url, {
      method: 'POST',
      headers: { ...headers, 'user-agent': userAgent },
      body,
      redirect: 'manual',
      signal,
    }).catch(() => null);
  }

  return {
    async send(sent) {
      const started = Date.now();
      const time = () => ({ milliseconds: Date.now() - started });
      if (problemOf(sent.url) !== null) return { ok: false, problem: 'address_refused', ...time() };
      const deadline = new AbortController();
      const abort = () => deadline.abort();
      const timer = setTimeout(abort, sent.timeoutMs);
      sent.signal?.addEventListener('abort', abort);
      try {
        sent.signal?.throwIfAborted();
        const response = await post(sent, deadline.signal);
        if (response === null) {
          sent.signal?.throwIfAborted();
          const problem = deadline.signal.aborted ? 'timeout' : 'connection_failed';
          return { ok: false, problem, ...time() };
        }
        return {
          ok: true,
          status: response.status,
          retryAfter: response.headers.get('retry-after')?.slice(0, 100) ?? null,
          bodyStart: webhookAnswerStart(await startOf(response)),
          ...time(),
        };
      } finally {
        clearTimeout(timer);
        sent.signal?.removeEventListener('abort', abort);
      }
    },
    problemOf: async (url) => problemOf(url),
  };
}

function problemOf(text: string): WebhookUrlProblem | null {
  const problem = webhookUrlProblem(text);
  if (problem !== null) return problem;
  const { protocol, hostname } = new URL(text);
  if (!isPublicName(hostname)) return 'address_refused';
  return protocol === 'https:' ? null : 'https_required';
}

/**
 * Names that no public server has: one label, and those that RFC 6761, RFC 6762, RFC 8375 and ICANN keep for private
 * use. The URL parser has made an IPv4 address of every text that stands for one.
 */
function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  const isAddress = name.startsWith('[') || /(?:^|\.)\d+$/.test(name);
  return (
    !isAddress &&
    name.includes('.') &&
    !/\.(?:localhost|local|internal|intranet|lan|home|corp|private|test|invalid|example|onion|home\.arpa)$/.test(
      name,
    )
  );
}

/** The start of a body, with what has arrived when it ends early, breaks off or takes too long. */
async function startOf({ body }: Response): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const bytes = new Uint8Array(WEBHOOK_ANSWER_BYTES);
  let length = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), BODY_MS);
  });
  try {
    while (length < bytes.length) {
      const part = await Promise.race([reader.read(), late]);
      if (part === null || part.done) break;
      const chunk = part.value.subarray(0, bytes.length - length);
      bytes.set(chunk, length);
      length += chunk.length;
    }
  } catch {
    // It broke off.
  } finally {
    clearTimeout(timer);
    // Not awaited: a body that never ends may not end for this either.
    void reader.cancel().catch(() => {});
  }
  return bytes.subarray(0, length);
}
