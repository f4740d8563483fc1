import type { EdgeEnv } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer } from '../http.js';
import type { ReadRequest } from '../path.js';
import type { ByteRange, EdgePorts, ImageRecord } from '../ports.js';
import { isNotModified, isRangeCurrent } from './conditional.js';
import { type CacheOutcome, MASTER, readOrigin, readThroughCache } from './master.js';
import { parseRange } from './range.js';
import { cacheControl, masterTag, serverTiming } from './respond.js';

type Ports = Pick<EdgePorts, 'cache' | 'objects' | 'images'>;

/**
 * Answers with a master: conditional → HEAD → range → body. Only for requests that were found to be
 * allowed to read it.
 *
 * @param started `performance.now()` at the request's arrival
 */
export async function deliverMaster(
  ports: Ports,
  { method, headers: wanted }: ReadRequest,
  image: ImageRecord,
  { requestId, facts }: EdgeEnv,
  started: number,
): Promise<Answer> {
  const etag = masterTag(image);
  const fields = (outcome: CacheOutcome): Record<string, string> => {
    facts.cache = outcome;
    return {
      'Cache-Control': cacheControl(image),
      ETag: etag,
      'Accept-Ranges': 'bytes',
      'Server-Timing': serverTiming(outcome, performance.now() - started),
    };
  };
  if (isNotModified(wanted.get('if-none-match'), etag)) {
    return answer(requestId, 304, fields(await cacheState(ports, image)));
  }
  if (method === 'HEAD') {
    const headers = fields(await cacheState(ports, image));
    return answer(requestId, 200, { ...headers, ...contentFields(image, image.size) });
  }
  const part = wantedRange(wanted, etag, image.size);
  const range = part ?? { start: 0, length: image.size };
  const { body, outcome } = await readMaster(ports, image, range);
  const headers = Object.assign(fields(outcome), contentFields(image, range.length));
  if (part === null) return answer(requestId, 200, headers, body);
  headers['Content-Range'] = `bytes ${part.start}-${part.start + part.length - 1}/${image.size}`;
  return answer(requestId, 206, headers, body);
}

async function readMaster(ports: Ports, image: ImageRecord, range: ByteRange) {
  if (image.visibility === 'public') return readThroughCache(ports, image, range);
  return { body: await readOrigin(ports, image, range), outcome: 'BYPASS' as const };
}

/** What `Server-Timing` tells where no bytes are read. */
async function cacheState({ cache }: Ports, image: ImageRecord): Promise<CacheOutcome> {
  if (image.visibility === 'private') return 'BYPASS';
  return (await cache.get(image.objectId, MASTER)) === null ? 'MISS' : 'HIT';
}

/** The part that the request asks for, or `null` for the whole (RFC 9110 §14.2: of GET alone). */
function wantedRange(wanted: ReadRequest['headers'], etag: string, size: number): ByteRange | null {
  if (!isRangeCurrent(wanted.get('if-range'), etag)) return null;
  const range = parseRange(wanted.get('range'), size);
  if (range !== 'unsatisfiable') return range;
  throw new EdgeError('range_not_satisfiable', { headers: { 'Content-Range': `bytes */${size}` } });
}

function contentFields({ type }: ImageRecord, length: number) {
  return { 'Content-Type': type, 'Content-Length': String(length) };
}
