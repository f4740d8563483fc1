import type { ImageAddress } from '@auraimage/protocol';
import type { EdgeContext, RouteName } from '../context.js';
import { EdgeError } from '../errors.js';
import { answer, answerJson, answerObject } from '../http.js';
import type { EdgeOptions } from '../options.js';
import { addressIn, queryOf } from '../path.js';
import type { EdgePorts, ImageRecord } from '../ports.js';
import { authorize } from './authorize.js';
import { isNotModified, isRangeCurrent } from './conditional.js';
import { locate } from './locate.js';
import { readOrigin, readThroughCache } from './master.js';
import { plan } from './plan.js';
import { parseRange } from './range.js';
import { cacheControl, masterTag, serverTiming } from './respond.js';

/** `GET|HEAD /{project}/{key}`: locate → authorize → plan → conditional → range → body → respond. */
export function serveRoute(ports: EdgePorts, options: EdgeOptions) {
  return async (c: EdgeContext): Promise<Response> => {
    const started = performance.now();
    const query = queryOf(c.req.raw);
    const image = await readable(ports, c, addressIn(c.req.path, '/'), query, 'serve');
    const planned = plan(query);
    if (planned.kind === 'blurhash') {
      return blurhashJson(c, image, { blurhash: image.blurhash }, started);
    }
    if (planned.kind === 'variant') throw new EdgeError('transform_unavailable');
    return serveMaster(ports, options, c, image, started);
  };
}

/** `GET|HEAD /v1/blurhash/{project}/{key}`, behind the same access check. */
export function blurhashRoute(ports: EdgePorts) {
  return async (c: EdgeContext): Promise<Response> => {
    const started = performance.now();
    const address = addressIn(c.req.path, '/v1/blurhash/');
    const image = await readable(ports, c, address, queryOf(c.req.raw), 'blurhash');
    const { blurhash, width, height } = image;
    return blurhashJson(c, image, { blurhash, width, height }, started);
  };
}

/** The image's row, once the request has been found to be allowed to read it. */
async function readable(
  { images, projects, clock }: EdgePorts,
  c: EdgeContext,
  address: ImageAddress,
  query: URLSearchParams,
  route: RouteName,
): Promise<ImageRecord> {
  const { facts } = c.env;
  facts.route = route;
  const image = await locate(images, address);
  facts.project = image.project;
  const now = clock.now();
  const secrets = () => projects.serveSecrets(image.project, now);
  const access = await authorize(image, query.getAll('token'), secrets, now);
  if (access.granted) return image;
  facts.refusal = access.refusal;
  const missing = access.refusal === 'missing';
  throw new EdgeError(missing ? 'signed_token_required' : 'serve_token_invalid');
}

async function serveMaster(
  ports: EdgePorts,
  { hostSendsFiles }: EdgeOptions,
  c: EdgeContext,
  image: ImageRecord,
  started: number,
): Promise<Response> {
  const { requestId, facts } = c.env;
  const { headers: wanted, method } = c.req.raw;
  const isPrivate = image.visibility === 'private';
  const etag = masterTag(image);
  const headers: Record<string, string> = {
    'Cache-Control': cacheControl(image),
    ETag: etag,
    'Accept-Ranges': 'bytes',
  };
  const whole = { start: 0, length: image.size };
  const bodyless = isNotModified(wanted.get('if-none-match'), etag)
    ? 304
    : method === 'HEAD' && 200;
  if (bodyless) {
    const kept = !isPrivate && (await ports.cache.get(image.objectId)) !== null;
    facts.cache = isPrivate ? 'BYPASS' : kept ? 'HIT' : 'MISS';
    headers['Server-Timing'] = serverTiming(facts.cache, performance.now() - started);
    if (bodyless === 200) {
      headers['Content-Type'] = image.type;
      headers['Content-Length'] = String(image.size);
    }
    return answer(requestId, bodyless, headers);
  }
  // RFC 9110 §14.2: Range is defined for GET alone, and a HEAD never gets here.
  const ranged = isRangeCurrent(wanted.get('if-range'), etag)
    ? parseRange(wanted.get('range'), image.size)
    : null;
  if (ranged === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${image.size}` };
    throw new EdgeError('range_not_satisfiable', { headers });
  }
  const range = ranged ?? whole;
  const { body, outcome } = isPrivate
    ? { body: await readOrigin(ports, image, range), outcome: 'BYPASS' as const }
    : await readThroughCache(ports, image, range);
  facts.cache = outcome;
  headers['Content-Type'] = image.type;
  headers['Content-Length'] = String(range.length);
  headers['Server-Timing'] = serverTiming(outcome, performance.now() - started);
  if (ranged === null) return answerObject(requestId, 200, headers, body, hostSendsFiles);
  headers['Content-Range'] = `bytes ${range.start}-${range.start + range.length - 1}/${image.size}`;
  return answerObject(requestId, 206, headers, body, hostSendsFiles);
}

/** JSON about an image is cached exactly as the image itself. */
function blurhashJson(
  c: EdgeContext,
  image: ImageRecord,
  value: unknown,
  started: number,
): Response {
  const { requestId, facts } = c.env;
  facts.cache = image.visibility === 'private' ? 'BYPASS' : 'MISS';
  return answerJson(requestId, 200, value, {
    'Cache-Control': cacheControl(image),
    'Server-Timing': serverTiming(facts.cache, performance.now() - started),
  });
}
