import type { ImageQuery } from '@auraimage/ports';
import { isVisibility } from '@auraimage/protocol';
import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answerOwn } from '../http.js';
import type { EdgeOptions } from '../options.js';
import { queryOf, targetOf } from '../path.js';
import type { EdgePorts } from '../ports.js';
import { authorizeProject } from './authorize.js';
import { imageFacts } from './facts.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * `GET /v1/projects/{project}/images?limit=&cursor=&q=&visibility=&sha256=`: newest first, `cursor` null
 * on the last page.
 */
export function listRoute({ access, images }: EdgePorts, { publicUrl }: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'list';
    const [, , , project = ''] = c.req.path.split('/');
    await authorizeProject(access, c.req.raw, project, facts);
    facts.project = project;
    const query = readQuery(queryOf(targetOf(c.req.raw.url)));
    const page = await images.list(project, query);
    const listed = page.images.map((image) => imageFacts(image, publicUrl));
    return answerOwn(requestId, 200, { images: listed, cursor: page.cursor });
  };
}

/** Reads which images are wanted. An unknown parameter is ignored. */
export function readQuery(query: URLSearchParams): ImageQuery {
  const cursor = query.get('cursor');
  const keyPart = query.get('q');
  const visibility = query.get('visibility');
  const sha256 = query.get('sha256');
  if (keyPart !== null && !/^[a-z0-9.-]{1,64}$/.test(keyPart)) {
    throw wrong(
      '"q" is a part of a name or the beginning of a key: 1 to 64 of a-z, 0-9, "." and "-"',
    );
  }
  if (visibility !== null && !isVisibility(visibility)) {
    throw wrong('"visibility" is "public" or "private"');
  }
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw wrong('"sha256" is 64 hexadecimal digits in lower case');
  }
  return {
    limit: limitOf(query.get('limit')),
    ...(cursor !== null && { cursor }),
    ...(keyPart !== null && { keyPart }),
    ...(visibility !== null && { visibility }),
    ...(sha256 !== null && { sha256 }),
  };
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new EdgeError('page_malformed', { message: `"limit" must be 1 to ${MAX_LIMIT}` });
}

function wrong(message: string): EdgeError {
  return new EdgeError('field_invalid', { message });
}
