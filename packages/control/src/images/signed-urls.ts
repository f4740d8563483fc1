import { ApiError, defineRoute, iso, projectParam, type Route, time, z } from '@auraimage/http';
import {
  isKey,
  limitClaims,
  MAX_DIMENSION,
  MAX_SERVE_SECONDS,
  MIN_SERVE_SECONDS,
  signServeToken,
} from '@auraimage/protocol';
import type { ControlDependencies } from '../dependencies.js';
import { sub } from '../recipients.js';

/** A body with so many generated keys is below the limit of 64 KB; one with long names may reach it first. */
const MAX_KEYS = 500;
const DEFAULT_SECONDS = 3600;

const signUrlsBody = z.strictObject({
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
    .openapi({ description: 'Lifetime of the URLs in seconds' }),
  maxEdge: z.number().int().min(1).max(MAX_DIMENSION).optional().openapi({
    description:
      'Longest side of what the URLs open, in pixels; they then never open the original. Absent: no limit',
    example: 800,
  }),
  recipient: sub.optional().openapi({
    description:
      'Whom the URLs are given to, so that they can be revoked together: 1 to 64 of `A-Z a-z 0-9 . _ : @ -`. Whoever has a URL can read it',
    example: 'customer:42',
  }),
});

/** `POST /v1/projects/{project}/signed-urls` */
export function signedUrlRoutes({
  ports: { registry, clock },
  options: { publicUrl },
  access,
}: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/signed-urls',
      hosts: ['app'],
      access: access.can('links.sign'),
      doc: {
        operationId: 'signUrls',
        tags: ['Signing'],
        summary: 'Sign image URLs',
        description:
          'Signs a URL for each key with the serve secret. It does not check whether the images exist.',
      },
      params: projectParam,
      body: signUrlsBody,
      success: {
        status: 200,
        schema: z
          .object({
            expiresAt: time(),
            urls: z.array(z.object({ key: z.string(), url: z.string() })),
          })
          .openapi('SignedUrls'),
        description: 'The URLs, in the order of the keys',
      },
      handler: async ({ access, body }) => {
        const { id, name: p } = access.project;
        const { keys, expiresIn } = body;
        const secret = (await registry.serveSecrets(id))?.current;
        if (secret === undefined) throw new ApiError('project_not_found');
        const iat = Math.floor(clock.now() / 1000);
        const exp = iat + expiresIn;
        const limits = limitClaims(body);
        const urls = [];
        for (const key of keys) {
          const token = await signServeToken({ p, f: key, exp, iat, ...limits }, secret);
          urls.push({ key, url: `${publicUrl}/${p}/${key}?token=${token}` });
        }
        return { expiresAt: iso(exp * 1000), urls };
      },
    }),
  ];
}
