import type { EdgeContext } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Answer, answerJson } from '../http.js';
import type { EdgeOptions } from '../options.js';
import { queryOf, targetOf } from '../path.js';
import type { EdgePorts, ImageRecord } from '../ports.js';
import { authorizeSecretKey } from './authorize.js';
import { masterFacts } from './facts.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** `GET /v1/projects/{project}/images?limit=&cursor=`: newest first, `cursor` null on the last page. */
export function listRoute({ images, projects }: EdgePorts, { publicUrl }: EdgeOptions) {
  return async (c: EdgeContext): Promise<Answer> => {
    const { facts, requestId } = c.env;
    facts.route = 'list';
    const [, , , project = ''] = c.req.path.split('/');
    await authorizeSecretKey(projects, c.req.raw.headers, project);
    facts.project = project;
    const query = queryOf(targetOf(c.req.raw.url));
    const cursor = query.get('cursor');
    const page = await images.list(project, limitOf(query.get('limit')), cursor ?? undefined);
    const listed = page.images.map((image) => ({
      ...masterFacts(image, publicUrl),
      ...more(image),
    }));
    return answerJson(requestId, 200, { images: listed, cursor: page.cursor });
  };
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new EdgeError('page_malformed', { message: `"limit" must be 1 to ${MAX_LIMIT}` });
}

function more({ sha256, version, createdAt }: ImageRecord) {
  return { sha256, version, uploadedAt: new Date(createdAt).toISOString() };
}
