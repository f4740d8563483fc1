import { isKey, MAX_SERVE_SECONDS, MIN_SERVE_SECONDS, signServeToken } from '@auraimage/protocol';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import {
  BODY_ERRORS,
  errors,
  IN_PROJECT_ERRORS,
  iso,
  json,
  jsonBody,
  projectParam,
  SIGNED_IN,
  time,
} from '../openapi.js';
import type { ControlServices } from '../services.js';

/** So many of the longest keys fit into a body. */
const MAX_KEYS = 500;
const DEFAULT_SECONDS = 3600;

const wishesBody = z.strictObject({
  keys: z
    .array(z.string().refine(isKey, 'must be the key of an image, as upload returned it'))
    .min(1)
    .max(MAX_KEYS)
    .openapi({ example: ['abc123xyz0-photo.jpg'] }),
  expiresIn: z
    .number()
    .int()
    .min(MIN_SERVE_SECONDS)
    .max(MAX_SERVE_SECONDS)
    .default(DEFAULT_SECONDS)
    .openapi({ description: 'Seconds that the URLs work' }),
});

/** `POST /v1/projects/{project}/signed-urls`: links to private images, for people who are signed in. */
export function signedUrlRoutes(
  app: ControlApp,
  { ports: { registry, clock }, options: { publicUrl }, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/projects/{project}/signed-urls',
      operationId: 'signUrls',
      tags: ['Signing'],
      summary: 'Sign image URLs',
      description:
        'Signs a URL for each key with the serve secret, whether there is such an image or not.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam, body: jsonBody(wishesBody) },
      responses: {
        200: json(
          z
            .object({
              expiresAt: time(),
              urls: z.array(z.object({ key: z.string(), url: z.string() })),
            })
            .openapi('SignedUrls'),
          'The URLs, in the order of the keys',
        ),
        ...errors(...IN_PROJECT_ERRORS, ...BODY_ERRORS),
      },
    }),
    async (c) => {
      const { id, name: p } = c.var.project;
      const { keys, expiresIn } = c.req.valid('json');
      const secret = (await registry.serveSecrets(id))?.current;
      if (secret === undefined) throw new ControlError('project_not_found');
      const iat = Math.floor(clock.now() / 1000);
      const exp = iat + expiresIn;
      const urls = [];
      for (const key of keys) {
        const token = await signServeToken({ p, f: key, exp, iat }, secret);
        urls.push({ key, url: `${publicUrl}/${p}/${key}?token=${token}` });
      }
      return c.json({ expiresAt: iso(exp * 1000), urls }, 200);
    },
  );
}
