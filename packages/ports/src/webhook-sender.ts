/** A webhook of a project, as it goes to the address that an owner entered: nobody else has checked this address. */
export interface WebhookRequest {
  /** Absolute URL. */
  readonly url: string;
  /** Beside those of HTTP itself, such as `content-type`, `webhook-id` and `webhook-signature`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Exactly the text that was signed; sent as UTF-8. */
  readonly body: string;
  /** Time for everything: name, connection, TLS, request and answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Why a request brought no answer. */
export type WebhookProblem =
  /** The URL is none that webhooks may have, or its host has an address that webhooks must not reach. */
  'address_refused' | 'name_not_found' | 'timeout' | 'connection_failed' | 'tls_failed';

export type WebhookResult =
  | {
      readonly ok: true;
      /** Of the answer, 200 to 599. A redirect is an answer like others. */
      readonly status: number;
      readonly milliseconds: number;
      /** Its header `Retry-After`, up to 100 characters. */
      readonly retryAfter: string | null;
      /** The first {@link WEBHOOK_ANSWER_BYTES} of the answer as text, without control characters but line breaks and tabs. */
      readonly bodyStart: string;
    }
  | { readonly ok: false; readonly problem: WebhookProblem; readonly milliseconds: number };

/** Bytes of an answer that are kept. */
export const WEBHOOK_ANSWER_BYTES = 1024;

/** What is wrong with the URL of a webhook. */
export type WebhookUrlProblem =
  | 'invalid_url'
  /** It has a user name or a password. */
  | 'credentials'
  /** Its port belongs to another protocol. */
  | 'port_refused'
  /** It is `http:`, and its host is not in a network that the operator allows. */
  | 'https_required'
  /** Its host is, or has at the moment, an address in a network that webhooks must not reach. */
  | 'address_refused';

/**
 * Sends webhooks. The addresses come from people who may be attackers: a sender reaches public addresses, and of
 * others those that the operator allows. It checks the addresses that it connects to, follows no redirect and uses
 * no proxy.
 */
export interface WebhookSender {
  /** Sends one `POST`. Rejects with the reason of `signal` when this aborts, otherwise only for a fault of the program. */
  send(request: WebhookRequest): Promise<WebhookResult>;
  /**
   * What is wrong with a URL, or `null`, before a webhook gets it. A name that is not found is no problem: it may be
   * registered later. Takes up to 3 seconds. `send` checks everything again.
   */
  problemOf(url: string): Promise<WebhookUrlProblem | null>;
}

/** Ports below 1024 that speak HTTP; the others belong to other protocols. */
const WEB_PORTS = [80, 443];
const FIRST_FREE_PORT = 1024;

/** What is wrong with the text of a URL, wherever its host is. */
export function webhookUrlProblem(text: string): WebhookUrlProblem | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return 'invalid_url';
  if (url.username !== '' || url.password !== '') return 'credentials';
  const port = Number(url.port);
  const isWebPort = url.port === '' || WEB_PORTS.includes(port) || port >= FIRST_FREE_PORT;
  return isWebPort ? null : 'port_refused';
}

/** The start of an answer as {@link WebhookResult} has it. */
export function webhookAnswerStart(bytes: Uint8Array): string {
  const start = bytes.subarray(0, WEBHOOK_ANSWER_BYTES);
  // Without the half of a character at the end.
  const text = new TextDecoder().decode(start, { stream: true });
  // Databases keep no NUL, and terminals obey escapes.
  return text.replace(/[^\P{Cc}\n\r\t]/gu, '\ufffd');
}
