import createClient from 'openapi-fetch';
import { ApiError, toApiError } from './errors.js';
import type { paths } from './schema.js';

/** The control API, typed by its OpenAPI document. Use it through {@link answerOf}. */
export const api = createClient<paths>({ baseUrl: '' });

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The body of a successful answer.
 *
 * @throws {ApiError} for every other answer, and when none came
 *
 * @example
 * const { projects } = await answerOf(api.GET('/v1/projects'));
 */
export async function answerOf<Data>(request: Promise<Outcome<Data>>): Promise<Data> {
  let outcome: Outcome<Data>;
  try {
    outcome = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ status: 0, code: 'network', message: 'The server did not answer', cause });
  }
  if (!outcome.response.ok) throw toApiError(outcome.response, outcome.error);
  // A 204 has no body: its type says so.
  return outcome.data as Data;
}
