import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer, NO_STORE } from '../http.js';
import { addressIn } from '../path.js';
import type { EdgePorts } from '../ports.js';
import { authorizeSecretKey } from './authorize.js';

/**
 * `DELETE /v1/images/{project}/{key}`: 204. Once the row is gone the image is gone; an object that
 * cannot be removed then is an orphan, noted in the log.
 */
export function deleteRoute({ images, objects, cache, projects }: EdgePorts) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'delete';
    const address = addressIn(c.req.path, '/v1/images/');
    await authorizeSecretKey(projects, c.req.raw.headers, address.project);
    facts.project = address.project;
    const removed = await images.remove(address);
    if (removed === null) throw new EdgeError('image_not_found');
    await cache.drop(removed.objectId);
    await objects.remove(removed.objectId).catch((failure: unknown) => {
      facts.failure = failure;
    });
    return answer(requestId, 204, { 'Cache-Control': NO_STORE });
  };
}
