import type { ImageRecord } from '@auraimage/ports';
import { isVisibility, type Visibility } from '@auraimage/protocol';
import type { EdgeChange, EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answerOwn } from '../http.js';
import type { EdgeOptions } from '../options.js';
import { addressIn } from '../path.js';
import type { Actor, EdgePorts } from '../ports.js';
import { locate } from '../serve/locate.js';
import { dropVariants } from '../variants/store.js';
import { authorizeVisibility } from './authorize.js';

const MAX_BODY_BYTES = 1024;

/**
 * `PATCH /v1/images/{project}/{key}`: authorize → read the wish → flip. The answer is sent after the
 * flip is committed, and every read asks the database: nobody gets the image unsigned from then on.
 * What was made of the image before goes too.
 *
 * A change whose client has gone is not made. A process that slept, or a proxy that held a request back,
 * may come to it long after: its client may have had another answer from another server since. It is asked
 * for while the row is held: a change that its client asks for after that comes after this one.
 */
export function visibilityRoute(ports: EdgePorts, options: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'visibility';
    const address = addressIn(c.req.path, '/v1/images/');
    const { actor, to } = await authorizeVisibility(ports, c.req.raw, address, options, facts);
    facts.project = address.project;
    const wanted = await readVisibility(c.req.raw);
    if (to !== 'any' && to !== wanted) throw new EdgeError('visibility_token_scope');
    const before = (await locate(ports.images, address)).image;
    const image = await ports.images.setVisibility(address, wanted, async () => {
      if (await c.env.hasLeft()) throw new EdgeError('client_gone');
    });
    if (image === null) throw new EdgeError('image_not_found');
    // What was so already is no change. Where others flipped it meanwhile, the version tells.
    if (image.version !== before.version) facts.change = changeOf(actor, image);
    await dropVariants(ports, image).catch((failure: unknown) => {
      facts.failure = failure;
    });
    return answerOwn(requestId, 200, { visibility: image.visibility });
  };
}

function changeOf(actor: Actor, { key, visibility }: ImageRecord): EdgeChange {
  const details = { from: visibility === 'public' ? 'private' : 'public', to: visibility };
  return { actor, action: 'image.visibility_changed', key, details };
}

async function readVisibility(request: Request): Promise<Visibility> {
  const body: unknown = parseJson(await readText(request));
  const visibility =
    typeof body === 'object' && body !== null && 'visibility' in body && body.visibility;
  if (!isVisibility(visibility)) throw new EdgeError('visibility_malformed');
  return visibility;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EdgeError('visibility_malformed');
  }
}

async function readText({ headers, body }: Request): Promise<string> {
  if (Number(headers.get('content-length')) > MAX_BODY_BYTES) throw tooLong();
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = '';
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true });
    // The body is left as it is, not cancelled: that would cost the client its answer.
    if (text.length > MAX_BODY_BYTES) throw tooLong();
  }
  return text;
}

function tooLong(): EdgeError {
  return new EdgeError('visibility_malformed');
}
