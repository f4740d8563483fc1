import type { Clock } from '@auraimage/ports';
import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answerOwn } from '../http.js';
import { addressIn } from '../path.js';
import type { EdgePorts } from '../ports.js';
import { authorizeProject } from './authorize.js';
import { secondAsText } from './facts.js';

const SUFFIX = '/revoke-links';
/** Longest wait for the next second: a clock that is set back keeps nobody. */
const MAX_WAIT_MS = 1100;

/**
 * `POST /v1/images/{project}/{key}/revoke-links`: from the commit on, every serve token that was issued
 * for the image is refused. Tokens tell whole seconds, so the second of the commit counts as before; the
 * answer is sent once it is over, and a link that is signed after the answer works.
 */
export function revokeLinksRoute({ access, images, clock }: EdgePorts) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'revoke_links';
    const address = addressIn(c.req.path.slice(0, -SUFFIX.length), '/v1/images/');
    const actor = await authorizeProject(access, c.req.raw, address.project, facts);
    facts.project = address.project;
    const before = Math.floor(clock.now() / 1000) + 1;
    const image = await images.revokeLinks(address, before);
    if (image === null) throw new EdgeError('image_not_found');
    const linksRevokedAt = secondAsText(image.linksRevokedAt ?? before);
    const details = { linksRevokedAt };
    facts.change = { actor, action: 'image.links_revoked', key: image.key, details };
    await reach(clock, before * 1000);
    return answerOwn(requestId, 200, { linksRevokedAt });
  };
}

/** Resolves when the clock has come to a time, in Unix milliseconds. */
async function reach(clock: Clock, time: number): Promise<void> {
  const started = performance.now();
  for (;;) {
    const left = MAX_WAIT_MS - (performance.now() - started);
    const wait = Math.min(time - clock.now(), left);
    if (wait <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)));
  }
}
