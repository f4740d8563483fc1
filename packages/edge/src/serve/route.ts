import type { ImageAddress } from '@auraimage/protocol';
import type { EdgeEnv, RouteName } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer, answerJson } from '../http.js';
import { queryOf, type ReadRequest } from '../path.js';
import type { EdgePorts, ImageRecord } from '../ports.js';
import { authorize } from './authorize.js';
import { isNotModified } from './conditional.js';
import { deliverMaster } from './deliver.js';
import { locate } from './locate.js';
import { plan } from './plan.js';
import { blurhashTag, cacheControl, serverTiming } from './respond.js';

/** Answers a read of the image at an address. */
export type Serve = (request: ReadRequest, address: ImageAddress, env: EdgeEnv) => Promise<Answer>;

/** `GET|HEAD /{project}/{key}`: locate → authorize → plan → deliver. */
export function createServe(ports: EdgePorts): Serve {
  return async (request, address, env) => {
    const started = performance.now();
    const query = queryOf(request.target);
    const image = await readable(ports, address, query, env, 'serve');
    const planned = plan(query);
    if (planned.kind === 'blurhash') {
      return blurhashJson(request, env, image, ['blurhash'], started);
    }
    if (planned.kind === 'variant') throw new EdgeError('transform_unavailable');
    return deliverMaster(ports, request, image, env, started);
  };
}

/** `GET|HEAD /v1/blurhash/{project}/{key}`, behind the same access check. */
export function createServeBlurhash(ports: EdgePorts): Serve {
  return async (request, address, env) => {
    const started = performance.now();
    const image = await readable(ports, address, queryOf(request.target), env, 'blurhash');
    return blurhashJson(request, env, image, ['blurhash', 'width', 'height'], started);
  };
}

/** The image's row, once the request has been found to be allowed to read it. */
async function readable(
  { images, clock }: EdgePorts,
  address: ImageAddress,
  query: URLSearchParams,
  { facts }: EdgeEnv,
  route: RouteName,
): Promise<ImageRecord> {
  facts.route = route;
  const { image, serveSecrets } = await locate(images, address);
  facts.project = image.project;
  const access = await authorize(image, query.getAll('token'), serveSecrets, clock.now());
  if (access.granted) return image;
  facts.refusal = access.refusal;
  const missing = access.refusal === 'missing';
  throw new EdgeError(missing ? 'signed_token_required' : 'serve_token_invalid');
}

/** JSON about an image is cached exactly as the image itself. */
function blurhashJson(
  { headers: wanted }: ReadRequest,
  { requestId, facts }: EdgeEnv,
  image: ImageRecord,
  members: readonly ('blurhash' | 'width' | 'height')[],
  started: number,
): Answer {
  facts.cache = image.visibility === 'private' ? 'BYPASS' : 'MISS';
  const etag = blurhashTag(image, members);
  const fields = {
    'Cache-Control': cacheControl(image),
    ETag: etag,
    'Server-Timing': serverTiming(facts.cache, performance.now() - started),
  };
  if (isNotModified(wanted.get('if-none-match'), etag)) return answer(requestId, 304, fields);
  const value = Object.fromEntries(members.map((member) => [member, image[member]]));
  return answerJson(requestId, 200, value, fields);
}
