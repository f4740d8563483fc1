import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answer, NO_STORE } from '../http.js';
import { addressIn } from '../path.js';
import type { EdgePorts } from '../ports.js';
import { dropVariants } from '../variants/store.js';
import { authorizeProject } from './authorize.js';

/**
 * `DELETE /v1/images/{project}/{key}`: 204. Once the row is gone the image is gone; an object that
 * cannot be removed then is an orphan, noted in the log.
 */
export function deleteRoute(ports: EdgePorts) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'delete';
    const address = addressIn(c.req.path, '/v1/images/');
    const actor = await authorizeProject(ports.access, c.req.raw, address.project, facts);
    facts.project = address.project;
    const removed = await ports.images.remove(address);
    if (removed === null) throw new EdgeError('image_not_found');
    const details = { visibility: removed.visibility, size: removed.size };
    facts.change = { actor, action: 'image.deleted', key: removed.key, details };
    const remains = [dropVariants(ports, removed), ports.objects.remove(removed.objectId)];
    await Promise.all(remains).catch((failure: unknown) => {
      facts.failure = failure;
    });
    return answer(requestId, 204, { 'Cache-Control': NO_STORE });
  };
}
