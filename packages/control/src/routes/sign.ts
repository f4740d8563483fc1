import type { Project } from '@auraimage/ports';
import {
  InvalidSizeError,
  isTypePattern,
  MAX_TOKEN_LENGTH,
  parseSize,
  signUploadToken,
} from '@auraimage/protocol';
import { createRoute, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import type { ControlApp, ControlEnv } from '../context.js';
import { ControlError } from '../errors.js';
import { BODY_ERRORS, errors, IN_PROJECT_ERRORS, json, jsonBody, SIGNED_IN } from '../openapi.js';
import type { ControlServices } from '../services.js';
import { authenticateSigner, type Signer, signersProject, signersSecret } from '../signer.js';
import { projectName } from './projects.js';

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
export function signRoutes(
  app: ControlApp,
  { ports: { registry, clock }, authenticate }: ControlServices,
): void {
  const authorized = createMiddleware<{ Bindings: ControlEnv; Variables: { signer: Signer } }>(
    async (c, next) => {
      const signer = await authenticateSigner(registry, authenticate, c.req.raw);
      if (signer.kind === 'secret_key') c.env.facts.secretKeyId = signer.key.id;
      c.set('signer', signer);
      return next();
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/sign',
      operationId: 'signUpload',
      tags: ['Signing'],
      summary: 'Sign an upload',
      description:
        'Makes an upload token, to be sent as `X-Aura-Signature`. Takes a secret key as well as a session or CLI token; what a secret key asks for ends with it.',
      security: [...SIGNED_IN, { secretKey: [] }],
      middleware: authorized,
      request: { body: jsonBody(wishesBody) },
      responses: {
        200: json(z.object({ signature: z.string() }).openapi('Signature'), 'The upload token'),
        ...errors(...IN_PROJECT_ERRORS, ...BODY_ERRORS, 'project_forbidden', 'quota_exceeded'),
      },
    }),
    async (c) => {
      const { projectName: name, maxSize, expiresIn, ...wishes } = c.req.valid('json');
      const project = await signersProject(registry, c.var.signer, name);
      c.env.facts.project = project.name;
      const bytes = sizeOf(maxSize);
      checkQuota(project);
      const secret = await signersSecret(registry, c.var.signer, project);
      if (secret === null) throw new ControlError('project_not_found');
      const iat = Math.floor(clock.now() / 1000);
      const seconds =
        c.var.signer.kind === 'caller' ? Math.min(expiresIn, MAX_PERSON_SECONDS) : expiresIn;
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
        throw new ControlError('field_invalid', { message: '"allowedTypes": is too long' });
      }
      return c.json({ signature }, 200);
    },
  );
}

function sizeOf(size: string | number): number {
  try {
    return parseSize(size);
  } catch (error) {
    if (!(error instanceof InvalidSizeError)) throw error;
    throw new ControlError('field_invalid', {
      message: '"maxSize": give whole bytes, or a number with b, kb, mb or gb, such as "5mb"',
    });
  }
}

function checkQuota({ quotaBytes, usedBytes }: Project): void {
  if (quotaBytes !== null && usedBytes >= quotaBytes) throw new ControlError('quota_exceeded');
}
