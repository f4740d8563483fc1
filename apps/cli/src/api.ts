import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApiClient,
  type ApiClientOptions,
  ApiError,
  createApiClient,
  unwrap,
} from '@auraimage/client';
import { CliError, EXIT, interruptedError } from './errors.js';
import { printable } from './output.js';
import { tlsProblem } from './tls.js';

const MAX_ATTEMPTS = 8;
/** Longest delay that one response may ask for. */
const MAX_DELAY_MS = 90_000;
const DEFAULT_PATIENCE_MS = 30_000;

/**
 * Sends a request, and repeats it after a 429 or 503.
 *
 * @param send builds the request; called once per attempt
 * @throws {RequestError} for every response that is not a success, and for none
 *
 * @example
 * const { projects } = await api((client) => client.GET('/v1/projects'));
 */
export type Api = <Data>(
  send: (client: ApiClient) => Promise<Outcome<Data>>,
  options?: {
    /** Milliseconds that all delays of this request may take together. Default 30 s. */
    readonly patienceMs?: number;
  },
) => Promise<Data>;

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

export interface ApiOptions extends ApiClientOptions {
  /** The environment variable that holds `baseUrl`, to name it in errors. */
  readonly setting: 'AURA_API_URL' | 'AURA_CDN_URL';
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether `token` is from the environment variable AURA_TOKEN. */
  readonly isTokenFromEnvironment?: boolean;
}

/** A request that failed, as an error that a person can act on. */
export class RequestError extends CliError {
  /** 0 where no response came. */
  readonly status: number;

  constructor(error: ApiError, options: ApiOptions) {
    const { baseUrl } = options;
    super(messageOf(error, baseUrl), {
      cause: error,
      code: error.status === 0 ? 'unreachable' : printable(error.code),
      exit: error.status === 401 ? EXIT.signedOut : EXIT.failed,
      ...fixOf(error, options),
    });
    this.status = error.status;
  }
}

export function createApi(options: ApiOptions): Api {
  const client = createApiClient(options);
  return async (send, { patienceMs = DEFAULT_PATIENCE_MS } = {}) => {
    let patience = patienceMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await unwrap(send(client));
      } catch (error) {
        if (options.signal.aborted) throw interruptedError();
        if (!(error instanceof ApiError)) throw error;
        const delay = retryDelay(error, attempt);
        if (delay === null || delay > patience || attempt === MAX_ATTEMPTS) {
          throw new RequestError(error, options);
        }
        patience -= delay;
        await pause(delay, options.signal);
      }
    }
  };
}

/** Waits, unless the person interrupts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw interruptedError();
  }
}

/** Milliseconds until the next attempt; null where another would not help. */
function retryDelay({ status, retryAfterSeconds }: ApiError, attempt: number): number | null {
  if (status !== 429 && status !== 503) return null;
  if (retryAfterSeconds === null) return 250 * 2 ** attempt;
  const delay = Math.max(retryAfterSeconds * 1000, 100);
  return delay > MAX_DELAY_MS ? null : delay;
}

function messageOf({ status, code, message, cause }: ApiError, baseUrl: string): string {
  const { origin } = new URL(baseUrl);
  switch (code) {
    case 'timeout':
      return `${origin} did not answer in time`;
    case 'network': {
      const code = systemCode(cause);
      const tls = tlsProblem(code, new URL(baseUrl).hostname);
      if (tls !== null) return `${tls.text} (${code})`;
      return `${origin} did not answer${code === '' ? '' : ` (${code})`}`;
    }
    case 'unexpected_response': {
      const answered = status === 0 ? 'answered' : `answered with status ${status}`;
      return `${origin} ${answered}, but not as AuraImage does`;
    }
    case 'cli_token_expired':
      return `The CLI token for ${origin} has expired`;
    default:
      return printable(message);
  }
}

function fixOf(
  { status, code, cause }: ApiError,
  { setting, baseUrl, isTokenFromEnvironment = false }: ApiOptions,
): { readonly fix?: string } {
  const tls = code === 'network' ? tlsProblem(systemCode(cause), new URL(baseUrl).hostname) : null;
  if (tls !== null) return { fix: tls.fix };
  if (code === 'network' || code === 'timeout') {
    return { fix: `Check ${setting}, and that the server runs.` };
  }
  if (code === 'redirected') return { fix: `Set ${setting} to the address it redirects to.` };
  if (code === 'unexpected_response') return { fix: `Check ${setting}.` };
  if (status !== 401) return {};
  if (code === 'cli_token_expired' && isTokenFromEnvironment) {
    return {
      fix: 'It is in AURA_TOKEN. For CI, set a secret key of the project, which does not expire.',
    };
  }
  return { fix: 'Run aura login, or set AURA_TOKEN to a token that is valid.' };
}

/** Why fetch got no response, such as ECONNREFUSED; empty where it does not say. */
function systemCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}
