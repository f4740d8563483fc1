import { ApiError, defineRoute, metadata, type Route, z } from '@auraimage/http';
import type { Project, ProjectRegistry } from '@auraimage/ports';
import {
  InvalidSizeError,
  isTypePattern,
  MAX_TOKEN_LENGTH,
  metadataProblem,
  parseName,
  parseSize,
  signUploadToken,
  type UploadClaims,
} from '@auraimage/protocol';
import type { Principal } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { projectName } from '../projects/projects.js';

const MAX_SECONDS = 604_800;
/** Maximum lifetime of a user's token: signing out does not revoke it. */
const MAX_USER_SECONDS = 86_400;
const MAX_TYPES = 50;

const signBody = z.strictObject({
  projectName,
  maxSize: z
    .union([z.string(), z.number()])
    .default('30mb')
    .openapi({ description: 'Maximum file size: bytes, or a text such as `500kb`, `5mb`, `2gb`' }),
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
    .openapi({ description: 'Lifetime of the token in seconds; for a user, at most a day' }),
  visibility: z.enum(['public', 'private']).optional(),
  name: z
    .string()
    .optional()
    .openapi({ description: 'Key of the image', example: 'users/42/avatar' }),
  overwrite: z
    .boolean()
    .optional()
    .openapi({ description: 'Whether an image of this name is replaced' }),
  metadata: metadata.optional(),
});

/** `POST /v1/sign` */
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
          'Returns an upload token for `X-Aura-Signature`. A secret key can be used as well as a session or a CLI token; revoking the key then also invalidates the token.',
      },
      body: signBody,
      errors: ['project_not_found', 'project_forbidden', 'role_forbidden', 'quota_exceeded'],
      success: {
        status: 200,
        schema: z.object({ signature: z.string() }).openapi('Signature'),
        description: 'The upload token',
      },
      handler: async ({ access: principal, body, context }) => {
        const { projectName, maxSize, expiresIn, allowedTypes, ...claims } = body;
        const { project } = await access.grant(principal, 'images.upload', projectName);
        context.facts.project = project.name;
        const bytes = sizeOf(maxSize);
        checkQuota(project);
        const secret = await signingSecret(registry, principal, project);
        if (secret === null) throw new ApiError('project_not_found');
        const iat = Math.floor(clock.now() / 1000);
        const seconds =
          principal.kind === 'secret_key' ? expiresIn : Math.min(expiresIn, MAX_USER_SECONDS);
        const signature = await signUploadToken(
          {
            projectName: project.name,
            maxSize: bytes,
            allowedTypes,
            iat,
            exp: iat + seconds,
            ...namingOf(claims),
          },
          secret,
        );
        if (signature.length > MAX_TOKEN_LENGTH) {
          throw new ApiError('field_invalid', {
            message: 'The token would be too long: shorten "allowedTypes" or "metadata"',
          });
        }
        return { signature };
      },
    }),
  ];
}

/**
 * The secret to sign with. With a secret key it is that key, so that revoking the key also invalidates the token.
 * For users it is an internal key of the project, or `null` if the project was deleted meanwhile.
 */
async function signingSecret(
  registry: Pick<ProjectRegistry, 'internalSecretKey'>,
  signer: Principal,
  project: Pick<Project, 'id'>,
): Promise<string | null> {
  return signer.kind === 'secret_key' ? signer.secret : registry.internalSecretKey(project.id);
}

type Naming = Pick<z.infer<typeof signBody>, 'visibility' | 'name' | 'overwrite' | 'metadata'>;

/** @throws {ApiError} `field_invalid`, as the server would refuse the token */
function namingOf({ visibility, name, overwrite, metadata: pairs }: Naming): Partial<UploadClaims> {
  const parsed = name === undefined ? null : parseName(name);
  if (parsed?.ok === false) throw new ApiError('field_invalid', { message: parsed.problem });
  if (overwrite === true && parsed === null) {
    throw new ApiError('field_invalid', { message: '"overwrite": must have a "name" beside it' });
  }
  const problem = pairs === undefined ? null : metadataProblem(pairs);
  if (problem !== null) throw new ApiError('field_invalid', { message: `"metadata": ${problem}` });
  return {
    ...(visibility === undefined ? {} : { visibility }),
    ...(parsed === null ? {} : { name: parsed.name }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(pairs === undefined ? {} : { metadata: pairs }),
  };
}

function sizeOf(size: string | number): number {
  try {
    return parseSize(size);
  } catch (error) {
    if (!(error instanceof InvalidSizeError)) throw error;
    throw new ApiError('field_invalid', {
      message: '"maxSize": use whole bytes, or a number with b, kb, mb or gb, such as "5mb"',
    });
  }
}

function checkQuota({ quotaBytes, usedBytes }: Project): void {
  if (quotaBytes !== null && usedBytes >= quotaBytes) throw new ApiError('quota_exceeded');
}
