import {
  ApiError,
  answer,
  defineRawRoute,
  defineRoute,
  image,
  imageParams,
  iso,
  projectParam,
  type Route,
  reprDigest,
  time,
  visibility,
  wholeInQuery,
  z,
} from '@auraimage/http';
import type { FolderQuery, ImageQuery, ObjectBody } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { revokeIssued } from '../revocation.js';
import { createImageBodies } from './image-bodies.js';
import { addressOf, afterCommit, changeRoute, existing, originOf } from './image-changes.js';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

const tags = ['Images'];

/** The SDK, which has a secret key, knows the CDN's host only; a session's cookie is sent to the other. */
const BOTH_HOSTS = ['cdn', 'app'] as const;

const imagePage = z
  .object({
    images: z.array(image),
    folders: z.array(z.string()).openapi({
      description:
        'With `delimiter`: what the keys of further images begin with, up to the next slash behind the prefix',
      example: ['users/42/'],
    }),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('ImagePage');

const imageQuery = z.object({
  limit: wholeInQuery(1, MAX_PAGE, DEFAULT_PAGE).openapi({ description: 'Images per page' }),
  cursor: z.string().optional().openapi({ description: '`cursor` of the previous page' }),
  prefix: z
    .string()
    .regex(
      /^[A-Za-z0-9._~/-]{0,255}$/,
      'must be the start of a key: up to 255 of letters, digits, ".", "_", "~", "-" and "/"',
    )
    .optional()
    .openapi({
      description:
        'Only images whose key begins with it, in the order of their keys. Cannot be combined with `q`, `visibility` and `sha256`',
      example: 'users/42/',
    }),
  delimiter: z.literal('/', 'must be "/"').optional().openapi({
    description:
      'Lists folders in place of the images in them. Cannot be combined with `q`, `visibility` and `sha256`',
  }),
  q: z
    .string()
    .min(1, 'must have 1 to 64 characters')
    .max(64, 'must have 1 to 64 characters')
    .optional()
    .openapi({
      description:
        'Part of the key (of a generated one, of what follows its ten random characters) or of the file name, in any case. Spaces match hyphens, and letters with accents those without. With 6 or more characters, the start of the key matches as well',
    }),
  visibility: visibility.optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
    .optional()
    .openapi({ description: 'SHA-256 of the master: finds duplicates' }),
});

/** Lists, reads, changes and deletes images. */
export function imageRoutes(dependencies: ControlDependencies): Route[] {
  const { ports, options, access } = dependencies;
  const { images, objects, derived, clock } = ports;
  const { publicUrl } = options;
  const bodiesFor = createImageBodies(ports, publicUrl);

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/images',
      hosts: BOTH_HOSTS,
      access: access.can('images.view'),
      doc: {
        operationId: 'listImages',
        tags,
        summary: 'List images',
        description:
          'Newest first; with `prefix` or `delimiter`, in the order of keys. The filters `q`, `visibility` and `sha256` can be combined.',
      },
      params: projectParam,
      query: imageQuery,
      errors: ['page_malformed'],
      success: { status: 200, schema: imagePage, description: 'A page of images' },
      async handler({ access, query }) {
        const { name } = access.project;
        const inFolder = query.prefix !== undefined || query.delimiter !== undefined;
        const page = inFolder
          ? await images.listFolder(name, toFolderQuery(query))
          : { folders: [], ...(await images.list(name, toImageQuery(query))) };
        const listed = await Promise.all(page.images.map(bodiesFor(access)));
        return { images: listed, folders: [...page.folders], cursor: page.cursor };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/images/{project}/{key+}',
      hosts: BOTH_HOSTS,
      access: access.can('images.view'),
      doc: { operationId: 'getImage', tags, summary: 'Get an image' },
      params: imageParams,
      errors: ['image_not_found'],
      success: { status: 200, schema: image, description: 'The image' },
      async handler({ access, params }) {
        const found = await images.find(addressOf(params));
        return bodiesFor(access)(existing(found?.image ?? null));
      },
    }),

    defineRawRoute({
      method: 'GET',
      // Not below `/v1/images`: a key may end with any piece.
      path: '/v1/masters/{project}/{key+}',
      hosts: BOTH_HOSTS,
      access: access.can('images.view'),
      doc: {
        operationId: 'getMaster',
        tags,
        summary: 'Download a master',
        description:
          'The file as it was uploaded, with its metadata, also where the project gives readers no masters with metadata. A secret key reads no private images.',
      },
      params: imageParams,
      errors: ['image_not_found', 'signed_token_required', 'storage_unavailable'],
      success: { status: 200, file: 'image/*', description: 'The file' },
      async raw({ access: { principal }, params, context }) {
        const { project = '', key = '' } = params;
        const found = await images.find(addressOf({ project, key }));
        const master = existing(found?.image ?? null);
        if (principal.kind === 'secret_key' && master.visibility === 'private') {
          throw new ApiError('signed_token_required', {
            message: 'A secret key cannot read private images: sign in, or sign a URL of the image',
          });
        }
        const range = { start: 0, length: master.size };
        let body: ObjectBody | null;
        try {
          body = await objects.read(master.objectId, range);
        } catch (cause) {
          throw new ApiError('storage_unavailable', { cause, retryAfterSeconds: 5 });
        }
        // It was deleted or replaced since its row was read.
        if (body === null) throw new ApiError('image_not_found');
        context.facts.bodyBytes = master.size;
        const headers = {
          ...{ 'Content-Type': master.type, 'Content-Length': String(master.size) },
          'Repr-Digest': reprDigest(master.sha256),
          'Content-Disposition': 'attachment',
          'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        };
        return answer(context, 'owner', 200, headers, body);
      },
    }),

    changeRoute(dependencies),

    defineRoute({
      method: 'DELETE',
      path: '/v1/images/{project}/{key+}',
      hosts: BOTH_HOSTS,
      access: access.can('images.delete'),
      doc: {
        operationId: 'deleteImage',
        tags,
        summary: 'Delete an image',
        description: 'This cannot be undone.',
      },
      params: imageParams,
      errors: ['image_not_found'],
      success: { status: 204, description: 'The image is deleted' },
      async handler({ access, params, context }) {
        const { objectId } = existing(
          await images.remove(addressOf(params), originOf(access, context)),
        );
        context.facts.deleted = true;
        // If the object cannot be removed, it is an orphan that `aura-server sweep` finds.
        await afterCommit(context, derived.drop(objectId), objects.remove(objectId));
        return undefined;
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/images/{project}/{key+}/revoke-links',
      hosts: BOTH_HOSTS,
      access: access.can('links.revoke'),
      doc: {
        operationId: 'revokeLinks',
        tags,
        summary: 'Revoke the links of an image',
        description:
          'Refuses every link to the image that was signed before. Links signed after the response work if their token has an `iat`, or if it is signed with a serve secret that is newer than the revocation.',
      },
      params: imageParams,
      errors: ['image_not_found'],
      success: {
        status: 200,
        schema: z.object({
          linksRevokedAt: time(),
          requiresIat: z.literal(true).openapi({
            description:
              'Tokens for this image without `iat` are refused from now on, new ones too: they could have been signed before. If your signer sets no `iat`, rotate the serve secret: tokens of the new secret need none',
          }),
        }),
        description: 'Links signed before this time are revoked',
      },
      async handler({ access, params, context }) {
        const origin = originOf(access, context);
        const second = await revokeIssued(clock, async (before) => {
          const revoked = existing(await images.revokeLinks(addressOf(params), before, origin));
          return revoked.linksRevokedAt ?? before;
        });
        return { linksRevokedAt: iso(second * 1000), requiresIat: true as const };
      },
    }),
  ];
}

/** @throws {ApiError} `field_invalid` if another filter is combined with them */
function toFolderQuery(query: z.infer<typeof imageQuery>): FolderQuery {
  for (const filter of ['q', 'visibility', 'sha256'] as const) {
    if (query[filter] === undefined) continue;
    throw new ApiError('field_invalid', {
      message: `"${filter}": cannot be combined with "prefix" and "delimiter"`,
    });
  }
  const { limit, cursor, prefix = '', delimiter } = query;
  return {
    limit,
    prefix,
    grouped: delimiter !== undefined,
    ...(cursor !== undefined && { cursor }),
  };
}

function toImageQuery({ q, ...query }: z.infer<typeof imageQuery>): ImageQuery {
  const { limit, cursor, visibility, sha256 } = query;
  return {
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(q !== undefined && { search: q }),
    ...(visibility !== undefined && { visibility }),
    ...(sha256 !== undefined && { sha256 }),
  };
}
