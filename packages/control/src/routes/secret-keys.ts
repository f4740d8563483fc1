import type { SecretKey } from '@auraimage/ports';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  givenName,
  IN_PROJECT_ERRORS,
  iso,
  isoOrNull,
  json,
  jsonBody,
  noContent,
  projectParam,
  SIGNED_IN,
  time,
} from '../openapi.js';
import { createSecretKey } from '../projects.js';
import type { ControlServices } from '../services.js';

const lastFour = z.string().openapi({ description: 'Last characters of the secret' });

const secretKeyBody = z
  .object({
    id: z.string(),
    name: z.string(),
    lastFour,
    scope: z
      .enum(['project', 'account'])
      .openapi({ description: 'Whether it signs for this project or for all of the account' }),
    createdAt: time(),
    lastUsedAt: time('When it was last accepted, to the minute').nullable(),
  })
  .openapi('SecretKey');

function toSecretKeyBody(key: SecretKey): z.infer<typeof secretKeyBody> {
  const { id, name, lastFour, projectId, createdAt, lastUsedAt } = key;
  const scope = projectId === null ? 'account' : 'project';
  const times = { createdAt: iso(createdAt), lastUsedAt: isoOrNull(lastUsedAt) };
  return { id, name, lastFour, scope, ...times };
}

/** `/v1/projects/{project}/secret-keys`: keys that sign uploads. */
export function secretKeyRoutes(
  app: ControlApp,
  { ports: { registry }, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}/secret-keys',
      operationId: 'listSecretKeys',
      tags: ['Secrets'],
      summary: 'List secret keys',
      description:
        'Active keys that may sign for the project, newest first, without their secrets.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam },
      responses: {
        200: json(z.object({ secretKeys: z.array(secretKeyBody) }), 'The keys'),
        ...errors(...IN_PROJECT_ERRORS),
      },
    }),
    async (c) => {
      const secretKeys = await registry.listSecretKeys(c.var.project.id);
      return c.json({ secretKeys: secretKeys.map(toSecretKeyBody) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/projects/{project}/secret-keys',
      operationId: 'createSecretKey',
      tags: ['Secrets'],
      summary: 'Create a secret key',
      description:
        'The secret is in this answer and in no other. A project has ten active keys at most.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam, body: jsonBody(z.strictObject({ name: givenName })) },
      responses: {
        201: json(
          z
            .object({
              id: z.string(),
              name: z.string(),
              lastFour,
              createdAt: time(),
              secret: z.string().openapi({ example: 'sk_live_…' }),
            })
            .openapi('NewSecretKey'),
          'The key, with its secret',
        ),
        ...errors(...IN_PROJECT_ERRORS, ...BODY_ERRORS, 'secret_key_limit'),
      },
    }),
    async (c) => {
      const { caller, project } = c.var;
      const { name } = c.req.valid('json');
      const entry = by(caller, c, 'secret_key.created', { project: project.name, target: name });
      const key = await createSecretKey(registry, project, name, entry);
      const { id, lastFour, createdAt, secret } = key;
      return c.json({ id, name, lastFour, createdAt: iso(createdAt), secret }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/projects/{project}/secret-keys/{id}',
      operationId: 'revokeSecretKey',
      tags: ['Secrets'],
      summary: 'Revoke a secret key',
      description: 'Tokens that it signed are refused from then on.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam.extend({ id: z.string() }) },
      responses: {
        204: noContent('The key has ended'),
        ...errors(...IN_PROJECT_ERRORS, 'secret_key_not_found'),
      },
    }),
    async (c) => {
      const { caller, project } = c.var;
      const { id } = c.req.valid('param');
      const keys = await registry.listSecretKeys(project.id);
      const target = keys.find((key) => key.id === id)?.name ?? null;
      const entry = by(caller, c, 'secret_key.revoked', { project: project.name, target });
      const revoked = await registry.revokeSecretKey(project.id, id, entry);
      if (!revoked) throw new ControlError('secret_key_not_found');
      return c.body(null, 204);
    },
  );
}
