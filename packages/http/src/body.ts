import { inTime } from '@auraimage/ports';
import type { ErrorCode } from '@auraimage/protocol';
import { ApiError } from './api-error.js';
import type { RequestContext } from './context.js';
import type { z } from './schemas.js';

/** Maximum size of a JSON body. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_BEACON_BYTES = 4096;
/** Time for such a body, in milliseconds: until then its request counts as busy. */
const BODY_MS = 30_000;

/** Error codes of a body. A beacon may be of any type. */
export function bodyErrorsOf({ bodyIsBeacon }: BodyRules): readonly ErrorCode[] {
  return bodyIsBeacon ? BODY_ERRORS.filter((code) => code !== 'json_required') : BODY_ERRORS;
}

const BODY_ERRORS = [
  'json_required',
  'json_malformed',
  'json_too_large',
  'body_timeout',
  'field_invalid',
] as const;

/** How a route reads its JSON body. */
export interface BodyRules {
  /** `undefined`: the body is not read. */
  readonly body?: z.ZodType;
  /** Treats an absent body as `{}`. */
  readonly bodyIsOptional?: true;
  /** The body is what a page sent by `navigator.sendBeacon()`: of any `Content-Type`, and at most 4 KiB. */
  readonly bodyIsBeacon?: true;
  /** Replaces every error code of the body. The `Content-Type` is then not checked. */
  readonly bodyError?: ErrorCode;
}

/** The request of a body. */
interface BodyRequest {
  readonly request: Request;
  readonly context: RequestContext;
}

/**
 * The JSON body of a request, as its schema returns it.
 *
 * @throws {ApiError} one of {@link bodyErrorsOf}, or the rules' `bodyError`
 */
export async function readBody(rules: BodyRules, asked: BodyRequest): Promise<unknown> {
  const { body: schema, bodyError } = rules;
  if (schema === undefined) return undefined;
  try {
    const parsed = schema.safeParse(await readJson(asked, rules));
    if (parsed.success) return parsed.data;
    throw new ApiError('field_invalid', { message: describeIssue(parsed.error) });
  } catch (error) {
    if (bodyError === undefined || !(error instanceof ApiError)) throw error;
    throw new ApiError(bodyError);
  }
}

const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json(?:[ \t]*;|$)/i;

async function readJson(
  { request, context }: BodyRequest,
  { bodyIsOptional: isOptional, bodyIsBeacon: isBeacon, bodyError }: BodyRules,
): Promise<unknown> {
  const type = request.headers.get('content-type');
  const mostBytes = isBeacon ? MAX_BEACON_BYTES : MAX_BODY_BYTES;
  if (Number(request.headers.get('content-length')) > mostBytes) throw tooLarge(mostBytes);
  const isJson = isBeacon || bodyError !== undefined || JSON_TYPE.test(type ?? '');
  if (!isJson && !(isOptional && type === null)) throw new ApiError('json_required');
  const text = await readText(request, context, mostBytes);
  if (isOptional && text === '') return {};
  if (!isJson) throw new ApiError('json_required');
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('json_malformed');
  }
}

function tooLarge(mostBytes: number): ApiError {
  const message = `The body is larger than ${mostBytes / 1024} KB`;
  return new ApiError('json_too_large', { message });
}

async function readText(
  { body }: Request,
  { inviteBody }: RequestContext,
  mostBytes: number,
): Promise<string> {
  inviteBody?.();
  if (body === null) return '';
  return inTime(readAll(body, mostBytes), BODY_MS, () => new ApiError('body_timeout'));
}

/** Reads up to the limit. The declared length cannot be trusted: a chunked body has none. */
async function readAll(body: ReadableStream<Uint8Array>, mostBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    // Not cancelled: that would close the connection before the client has read the response.
    if (length > mostBytes) throw tooLarge(mostBytes);
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** What is wrong with a value, for its sender. */
export function describeIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'The request is malformed';
  if (issue.code === 'unrecognized_keys') return `Unknown field "${issue.keys[0]?.slice(0, 100)}"`;
  const path = issue.path.map(String).join('.');
  return path === '' ? `Send a JSON object: ${issue.message}` : `"${path}": ${issue.message}`;
}
