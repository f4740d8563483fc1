import { ApiError, defineRoute, type Route, z } from '@auraimage/http';
import type { Project, ProjectRegistry } from '@auraimage/ports';
import {
  InvalidSizeError,
  isTypePattern,
  MAX_TOKEN_LENGTH,
  parseSize,
  signUploadToken,
} from '@auraimage/protocol';
import { type Principal, projectOf } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { projectName } from '../projects/projects.js';

const MAX_SECONDS = 604_800;
/** Longest life of what a person asked for: no token outlives by much whoever may no longer sign. */
const MAX_PERSON_SECONDS = 86_400;
const MAX_TYPES = 50;

const wishesBody = z.strictObject({
  projectName,
  maxSize: z
    .union([z.string(), z.number()])
    .default('30mb')
    .openapi({ description: 'Largest file: bytes, or a text such as `500kb`, `5mb`, `2gb`' }),
  allowedTypes: z
    .array(z.string().refine(isTypePattern, 'must be image/* or a type such as image/png'))
    .min(1)
    .max(MAX_TYPES)
    .default(['image/*']),
  expiresIn: z
    .number()
    .int()
    .min(1)
    .max(MAX_SECONDS)
    .default(3600)
    .openapi({ description: 'Seconds that the token works; a person gets a day at most' }),
  visibility: z.enum(['public', 'private']).optional(),
});

/** `POST /v1/sign`: an upload token for those who have no secret key at hand. */
export function signRoutes({ ports: { registry, clock }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/sign',
      hosts: ['app'],
      access: access.signer,
      doc: {
        operationId: 'signUpload',
        tags: ['Signing'],
        summary: 'Sign an upload',
        description:
          'Makes an upload token, to be sent as `X-Aura-Signature`. Takes a secret key as well as a session or CLI token; what a secret key asks for ends with it.',
      },
      body: wishesBody,
      errors: ['project_not_found', 'project_forbidden', 'quota_exceeded'],
      success: {
        status: 200,
        schema: z.object({ signature: z.string() }).openapi('Signature'),
        description: 'The upload token',
      },
      handler: async ({ access, body, context }) => {
        const { projectName: name, maxSize, expiresIn, ...wishes } = body;
        const project = await projectOf(registry, access, name);
        context.facts.project = project.name;
        const bytes = sizeOf(maxSize);
        checkQuota(project);
        const secret = await signingSecret(registry, access, project);
        if (secret === null) throw new ApiError('project_not_found');
        const iat = Math.floor(clock.now() / 1000);
        const seconds =
          access.kind === 'secret_key' ? expiresIn : Math.min(expiresIn, MAX_PERSON_SECONDS);
        const { allowedTypes, visibility } = wishes;
        const signature = await signUploadToken(
          {
            projectName: project.name,
            maxSize: bytes,
            allowedTypes,
            iat,
            exp: iat + seconds,
            ...(visibility === undefined ? {} : { visibility }),
          },
          secret,
        );
        if (signature.length > MAX_TOKEN_LENGTH) {
          throw new ApiError('field_invalid', { message: '"allowedTypes": is too long' });
        }
        return { signature };
      },
    }),
  ];
}

/**
 * The secret to sign with, or `null` where the project has just gone: a secret key's own, whose revocation
 * then ends what it asked for, and for people the project's internal one.
 */
async function signingSecret(
  registry: Pick<ProjectRegistry, 'internalSecretKey'>,
  signer: Principal,
  project: Pick<Project, 'id'>,
): Promise<string | null> {
  return signer.kind === 'secret_key' ? signer.secret : registry.internalSecretKey(project.id);
}

function sizeOf(size: string | number): number {
  try {
    return parseSize(size);
  } catch (error) {
    if (!(error instanceof InvalidSizeError)) throw error;
    throw new ApiError('field_invalid', {
      message: '"maxSize": give whole bytes, or a number with b, kb, mb or gb, such as "5mb"',
    });
  }
}

function checkQuota({ quotaBytes, usedBytes }: Project): void {
  if (quotaBytes !== null && usedBytes >= quotaBytes) throw new ApiError('quota_exceeded');
}
