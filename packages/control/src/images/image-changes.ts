import {
  type Access,
  ApiError,
  defineRoute,
  focalPoint,
  imageParams,
  metadata,
  type RequestContext,
  type Route,
  toImage,
  verifySignature,
  visibility,
  z,
} from '@auraimage/http';
import type { ChangeOrigin, ImageRecord } from '@auraimage/ports';
import {
  type ImageAddress,
  isKey,
  metadataProblem,
  type Point,
  parseName,
  toPoint,
  type Visibility,
} from '@auraimage/protocol';
import { actorOf, type ProjectGrant } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlPorts } from '../ports.js';

const changeBody = z
  .object({
    visibility: visibility.optional(),
    name: z.string().optional().openapi({
      description:
        'The new key. Links to the old one stop, and the old address is 404. An image extension at the end is removed',
      example: 'users/42/avatar',
    }),
    metadata: metadata.optional().openapi({ description: 'Replaces all pairs' }),
    focus: focalPoint.nullable().optional().openapi({
      description:
        'What crops keep in view; `null` removes it. Copies of crops in browsers and caches stay: add `v` to their addresses, such as the new `version` of the image',
    }),
  })
  .refine((body) => Object.keys(body).length === 1);

/** `PATCH /v1/images/{project}/{key}`: one change at a time, each in one transaction with its audit entry. */
export function changeRoute({ ports, options, access }: ControlDependencies): Route {
  const { images, derived } = ports;
  return defineRoute({
    method: 'PATCH',
    path: '/v1/images/{project}/{key+}',
    // The SDK sends this request to the CDN's host, the dashboard to its own.
    hosts: ['cdn', 'app'],
    access: createChangeAccess(ports, options, access),
    doc: {
      operationId: 'changeImage',
      tags: ['Images'],
      summary: "Change an image's visibility, name, metadata or focal point",
      description:
        'One of the four at a time. A change to private holds from the response on: no server of the deployment returns the image without a token any more. Copies in browsers and in caches of others stay until they expire. The name, the metadata and the focal point need a session, a CLI token or a secret key.',
    },
    params: imageParams,
    body: changeBody,
    bodyError: 'visibility_malformed',
    errors: ['image_not_found', 'field_invalid', 'name_taken', 'name_reserved'],
    success: {
      status: 200,
      schema: z.object({
        visibility,
        key: z.string().optional().openapi({ description: 'Unless the visibility was changed' }),
        url: z.string().optional().openapi({ description: 'Unless the visibility was changed' }),
        metadata: metadata.optional(),
        focus: focalPoint.nullable().optional(),
        version: z.number().int().optional().openapi({
          description:
            'The version of the image since the change, unless the visibility was changed',
        }),
      }),
      description: 'What the image is now',
    },
    async handler({ access: { origin, allowed }, params, body, context }) {
      const address = addressOf(params);
      if (body.visibility !== undefined) {
        if (allowed !== 'any' && allowed !== 'visibility' && allowed !== body.visibility) {
          throw new ApiError('visibility_token_scope');
        }
        const check = refuseDisconnected(context);
        const changed = existing(
          await images.setVisibility(address, body.visibility, origin, check),
        );
        await afterCommit(context, derived.drop(changed.objectId));
        return { visibility: changed.visibility };
      }
      if (allowed !== 'any') throw new ApiError('visibility_token_scope');
      const changed =
        body.name !== undefined
          ? await rename(address, body.name, origin, context)
          : body.focus !== undefined
            ? await setFocalPoint(address, body.focus, origin)
            : await setMetadata(address, body.metadata ?? {}, origin);
      const { visibility, key, url, metadata, focus, version } = toImage(
        changed,
        options.publicUrl,
        null,
      );
      return { visibility, key, url, metadata, focus, version };
    },
  });

  async function setFocalPoint(
    address: ImageAddress,
    wanted: Point | null,
    origin: ChangeOrigin,
  ): Promise<ImageRecord> {
    const point = toPoint(wanted);
    if (wanted !== null && point === null) {
      throw new ApiError('field_invalid', {
        message: '"focus": x and y must be numbers of 0 to 1',
      });
    }
    // Kept crops stay: the name of a crop contains its place.
    return existing(await images.setFocalPoint(address, point, origin));
  }

  async function setMetadata(
    address: ImageAddress,
    pairs: Readonly<Record<string, string>>,
    origin: ChangeOrigin,
  ): Promise<ImageRecord> {
    const problem = metadataProblem(pairs);
    if (problem !== null)
      throw new ApiError('field_invalid', { message: `"metadata": ${problem}` });
    return existing(await images.setMetadata(address, pairs, origin));
  }

  async function rename(
    address: ImageAddress,
    name: string,
    origin: ChangeOrigin,
    context: RequestContext,
  ): Promise<ImageRecord> {
    const parsed = parseName(name);
    if (!parsed.ok) throw new ApiError('field_invalid', { message: parsed.problem });
    const renamed = await images.rename(address, parsed.name, origin);
    if (typeof renamed === 'string') throw new ApiError(renamed);
    const record = existing(renamed);
    // Variants of the old version are never read again.
    await afterCommit(context, derived.drop(record.objectId));
    return record;
  }
}

interface ChangeGrant {
  readonly origin: ChangeOrigin;
  /** The visibility that the request may set; `visibility` for either one; `any` for every change. */
  readonly allowed: Visibility | 'visibility' | 'any';
}

/**
 * Allows a visibility token for this image, and whoever has access to the project. A valid token with another
 * scope gets 403.
 */
function createChangeAccess(
  ports: Pick<ControlPorts, 'projects' | 'clock'>,
  { legacyVisibilityTokens }: Pick<ControlDependencies['options'], 'legacyVisibilityTokens'>,
  { can, grantOf }: ControlDependencies['access'],
): Access<ChangeGrant> {
  const members = can('images.change');
  return {
    permission: members.permission,
    security: [{ visibilityToken: [] }, ...members.security],
    errors: [
      ...members.errors,
      'visibility_token_required',
      'visibility_token_invalid',
      'visibility_token_scope',
    ],
    async check(routed) {
      const { request, params, context } = routed;
      const token = request.headers.get('x-aura-signature');
      if (token === null) {
        const found = await grantOf(routed, 'images.change', 'visibility_token_required');
        return { origin: originOf(found, context), allowed: 'any' };
      }
      const signed = await verifySignature(ports, token);
      if (!signed.ok) throw new ApiError('visibility_token_invalid');
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
      if (legacyVisibilityTokens) return { origin, allowed: 'visibility' };
      throw new ApiError('visibility_token_scope', {
        message:
          'An upload token cannot change visibility: use setVisibility() of a current SDK, or let the operator set AURA_LEGACY_VISIBILITY_TOKENS=true',
      });
    },
  };
}

export function originOf({ principal }: ProjectGrant, { client }: RequestContext): ChangeOrigin {
  return { actor: actorOf(principal), address: client };
}

/** @throws {ApiError} `image_not_found` for a text that is not a key */
export function addressOf({ project, key }: z.infer<typeof imageParams>): ImageAddress {
  if (!isKey(key)) throw new ApiError('image_not_found');
  return { project, key };
}

/** @throws {ApiError} `image_not_found` for `null` */
export function existing(record: ImageRecord | null): ImageRecord {
  if (record === null) throw new ApiError('image_not_found');
  return record;
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
export async function afterCommit(
  { facts }: Pick<RequestContext, 'facts'>,
  ...work: readonly Promise<void>[]
): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') facts.failure = result.reason;
  }
}
