import {
  type Access,
  ApiError,
  defineRoute,
  image,
  imageParams,
  iso,
  projectParam,
  type RequestContext,
  type Route,
  time,
  verifySignature,
  visibility,
  wholeInQuery,
  z,
} from '@auraimage/http';
import type { ChangeOrigin, ImageQuery, ImageRecord } from '@auraimage/ports';
import { type ImageAddress, isKey, type Visibility } from '@auraimage/protocol';
import { actorOf, type ProjectOwner } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlPorts } from '../ports.js';
import { createImageBodies } from './image-bodies.js';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
/** Maximum wait for the next second, in milliseconds, even if the clock is set back. */
const MAX_WAIT_MS = 1100;

const tags = ['Images'];

const imagePage = z
  .object({
    images: z.array(image),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('ImagePage');

const imageQuery = z.object({
  limit: wholeInQuery(1, MAX_PAGE, DEFAULT_PAGE).openapi({ description: 'Images per page' }),
  cursor: z.string().optional().openapi({ description: '`cursor` of the previous page' }),
  q: z
    .string()
    .regex(
      /^[a-z0-9.-]{1,64}$/,
      'must be part of a name or the start of a key: 1 to 64 characters of a-z, 0-9, "." and "-"',
    )
    .optional()
    .openapi({
      description:
        'Part of the name, which follows the ten random characters of a key. With 6 or more characters, the start of the key matches as well',
    }),
  visibility: visibility.optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
    .optional()
    .openapi({ description: 'SHA-256 of the master: finds duplicates' }),
});

/** Lists, reads, changes and deletes images. */
export function imageRoutes({
  ports,
  options,
  access: { owner, ownerOf },
}: ControlDependencies): Route[] {
  const { images, objects, derived, clock } = ports;
  const { publicUrl } = options;
  const bodiesFor = createImageBodies(ports, publicUrl);
  const visibilityAccess = createVisibilityAccess(ports, options, owner, ownerOf);

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/images',
      hosts: ['app'],
      access: owner,
      doc: {
        operationId: 'listImages',
        tags,
        summary: 'List images',
        description: 'Newest first. Filters can be combined.',
      },
      params: projectParam,
      query: imageQuery,
      errors: ['page_malformed'],
      success: { status: 200, schema: imagePage, description: 'A page of images' },
      async handler({ access, query }) {
        const page = await images.list(access.project.name, toImageQuery(query));
        const listed = await Promise.all(page.images.map(bodiesFor(access)));
        return { images: listed, cursor: page.cursor };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/images/{project}/{key}',
      hosts: ['app'],
      access: owner,
      doc: { operationId: 'getImage', tags, summary: 'Get an image' },
      params: imageParams,
      errors: ['image_not_found'],
      success: { status: 200, schema: image, description: 'The image' },
      async handler({ access, params }) {
        const found = await images.find(addressOf(params));
        return bodiesFor(access)(existing(found?.image ?? null));
      },
    }),

    defineRoute({
      method: 'PATCH',
      path: '/v1/images/{project}/{key}',
      // The SDK sends this request to the CDN's host, the dashboard to its own.
      hosts: ['cdn', 'app'],
      access: visibilityAccess,
      doc: {
        operationId: 'setVisibility',
        tags,
        summary: 'Make an image public or private',
        description:
          'From the response on, no server of the deployment returns a private image without a token. Copies in browsers and in caches of others stay until they expire.',
      },
      params: imageParams,
      body: z.object({ visibility }),
      bodyError: 'visibility_malformed',
      errors: ['image_not_found'],
      success: {
        status: 200,
        schema: z.object({ visibility }),
        description: 'The new visibility',
      },
      async handler({ access: { origin, allowed }, params, body, context }) {
        if (allowed !== 'any' && allowed !== body.visibility) {
          throw new ApiError('visibility_token_scope');
        }
        const changed = await images.setVisibility(
          addressOf(params),
          body.visibility,
          origin,
          refuseDisconnected(context),
        );
        const { objectId, visibility } = existing(changed);
        await afterCommit(context, derived.drop(objectId));
        return { visibility };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/images/{project}/{key}',
      hosts: ['app'],
      access: owner,
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
      path: '/v1/images/{project}/{key}/revoke-links',
      hosts: ['app'],
      access: owner,
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
      // Tokens have whole seconds, so links signed within the second of the commit are revoked as well. The
      // response waits for the end of that second, so that links signed after it work.
      async handler({ access, params, context }) {
        const before = Math.floor(clock.now() / 1000) + 1;
        const origin = originOf(access, context);
        const revoked = existing(await images.revokeLinks(addressOf(params), before, origin));
        await waitUntil(clock, before * 1000);
        const linksRevokedAt = iso((revoked.linksRevokedAt ?? before) * 1000);
        return { linksRevokedAt, requiresIat: true as const };
      },
    }),
  ];
}

interface VisibilityGrant {
  readonly origin: ChangeOrigin;
  /** The visibility that the request may set. */
  readonly allowed: Visibility | 'any';
}

/**
 * Allows a visibility token for this image, and whoever has access to the project. A valid token with another
 * scope gets 403.
 */
function createVisibilityAccess(
  ports: Pick<ControlPorts, 'projects' | 'clock'>,
  { legacyVisibilityTokens }: Pick<ControlDependencies['options'], 'legacyVisibilityTokens'>,
  owner: Access<ProjectOwner>,
  ownerOf: ControlDependencies['access']['ownerOf'],
): Access<VisibilityGrant> {
  return {
    security: [{ visibilityToken: [] }, ...owner.security],
    errors: [
      ...owner.errors,
      'visibility_token_required',
      'visibility_token_invalid',
      'visibility_token_scope',
    ],
    async check(routed) {
      const { request, params, context } = routed;
      const token = request.headers.get('x-aura-signature');
      if (token === null) {
        const found = await ownerOf(routed, 'visibility_token_required');
        return { origin: originOf(found, context), allowed: 'any' };
      }
      const signed = await verifySignature(ports, token);
      if (signed === null) throw new ApiError('visibility_token_invalid');
      const { claims, key } = signed;
      if (claims.projectName !== params['project']) throw new ApiError('visibility_token_scope');
      context.facts.project = claims.projectName;
      context.facts.secretKeyId = key.id;
      const actor = { kind: 'visibility_token', name: key.name } as const;
      const origin = { actor, address: context.client };
      if ('act' in claims) {
        if (claims.f !== params['key']) throw new ApiError('visibility_token_scope');
        return { origin, allowed: claims.visibility };
      }
      if (legacyVisibilityTokens) return { origin, allowed: 'any' };
      throw new ApiError('visibility_token_scope', {
        message:
          'An upload token cannot change visibility: sign a visibility token with setVisibility() of a current SDK',
      });
    },
  };
}

function originOf({ principal }: ProjectOwner, { client }: RequestContext): ChangeOrigin {
  return { actor: actorOf(principal), address: client };
}

/** @throws {ApiError} `image_not_found` for a text that is not a key */
function addressOf({ project, key }: z.infer<typeof imageParams>): ImageAddress {
  if (!isKey(key)) throw new ApiError('image_not_found');
  return { project, key };
}

function existing(record: ImageRecord | null): ImageRecord {
  if (record === null) throw new ApiError('image_not_found');
  return record;
}

function toImageQuery({ q, ...query }: z.infer<typeof imageQuery>): ImageQuery {
  const { limit, cursor, visibility, sha256 } = query;
  return {
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(q !== undefined && { keyPart: q }),
    ...(visibility !== undefined && { visibility }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

/**
 * Refuses a change whose client has disconnected. A process that was suspended, or a proxy that buffered the
 * request, may deliver it late: meanwhile the client may have made a newer change through another server, which
 * this one must not undo. Call it while the row is locked, so that later changes are ordered after this one.
 */
function refuseDisconnected({ isDisconnected }: RequestContext): () => Promise<void> {
  return async () => {
    if (await isDisconnected()) throw new ApiError('client_gone');
  };
}

/** Waits for cleanup after a commit. The change is durable, so a failure is only logged. */
async function afterCommit(
  { facts }: Pick<RequestContext, 'facts'>,
  ...work: readonly Promise<void>[]
): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') facts.failure = result.reason;
  }
}

/** @param time Unix milliseconds */
async function waitUntil(clock: ControlPorts['clock'], time: number): Promise<void> {
  const started = performance.now();
  for (;;) {
    const left = MAX_WAIT_MS - (performance.now() - started);
    const wait = Math.min(time - clock.now(), left);
    if (wait <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)));
  }
}
