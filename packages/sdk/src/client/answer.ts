import type { Incoming } from './send.js';
import type { UploadResult } from './types.js';
import { UploadError, type UploadErrorKind } from './upload-error.js';

/** The result in an answer, or the error that it is. */
export function readAnswer({ status, text, header }: Incoming): UploadResult {
  const body = parseObject(text);
  if (status === 201 && typeof body['key'] === 'string' && typeof body['url'] === 'string') {
    return body as unknown as UploadResult;
  }
  const code = header('x-aura-error') ?? undefined;
  const draining = code === 'draining' || header('x-aura-origin-state') === 'draining';
  const kind = draining ? 'draining' : kindOf(status);
  const { message } = body;
  const told = typeof message === 'string' ? message : `The server answered ${status}`;
  const text_ = kind === 'unexpected' ? `${told}, but not as this CDN does: check the url` : told;
  const retryAfterSeconds = secondsIn(header('retry-after'));
  throw new UploadError(kind, text_, { status, code, retryAfterSeconds });
}

function kindOf(status: number): UploadErrorKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server';
  return status >= 400 ? 'rejected' : 'unexpected';
}

/** `Retry-After` in whole seconds from now; it may be a number or a date (RFC 9110 §10.2.3). */
function secondsIn(value: string | null): number | undefined {
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/** The members of a JSON object; none where the text is something else. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
