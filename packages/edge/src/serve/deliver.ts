import type { PlainRequest } from '@auraimage/http';
import { type Answer, ApiError, answer, type RequestContext } from '@auraimage/http';
import type { ByteRange } from '@auraimage/ports';
import { isNotModified, isRangeCurrent } from './conditional.js';
import { parseRange } from './range.js';
import type { CacheOutcome, Representation } from './representation.js';

/**
 * Answers with a representation: conditional → HEAD → range → body. Only for requests that were found
 * to be allowed to read it.
 */
export async function deliver(
  { method, headers: wanted }: PlainRequest,
  representation: Representation,
  context: RequestContext,
): Promise<Answer> {
  const { facts } = context;
  const { etag, type, length } = representation;
  const fields = (outcome: CacheOutcome): Record<string, string> => {
    facts.cache = outcome;
    return Object.assign(
      {
        ETag: etag,
        'Accept-Ranges': 'bytes',
        'Server-Timing': representation.timing(outcome),
      },
      representation.fields,
    );
  };
  if (isNotModified(wanted.get('if-none-match'), etag)) {
    return answer(context, 'anyone', 304, fields(await representation.outcome()));
  }
  if (method === 'HEAD') {
    const headers = fields(await representation.outcome());
    return answer(context, 'anyone', 200, Object.assign(headers, contentFields(type, length)));
  }
  const part = wantedRange(wanted, etag, length);
  const range = part ?? { start: 0, length };
  const { body, outcome } = await representation.read(range);
  facts.bodyBytes = range.length;
  const headers = Object.assign(fields(outcome), contentFields(type, range.length));
  if (part === null) return answer(context, 'anyone', 200, headers, body);
  headers['Content-Range'] = `bytes ${part.start}-${part.start + part.length - 1}/${length}`;
  return answer(context, 'anyone', 206, headers, body);
}

/** The part that the request asks for, or `null` for the whole (RFC 9110 §14.2: of GET alone). */
function wantedRange(
  wanted: PlainRequest['headers'],
  etag: string,
  size: number,
): ByteRange | null {
  if (!isRangeCurrent(wanted.get('if-range'), etag)) return null;
  const range = parseRange(wanted.get('range'), size);
  if (range !== 'unsatisfiable') return range;
  throw new ApiError('range_not_satisfiable', { headers: { 'Content-Range': `bytes */${size}` } });
}

function contentFields(type: string, length: number) {
  return { 'Content-Type': type, 'Content-Length': String(length) };
}
