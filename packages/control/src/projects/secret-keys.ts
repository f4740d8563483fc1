import {
  ApiError,
  defineRoute,
  givenName,
  iso,
  isoOrNull,
  projectParam,
  type Route,
  time,
  z,
} from '@auraimage/http';
import type { SecretKey } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { createSecretKey } from './rules.js';

const lastFour = z.string().openapi({ description: 'Last four characters of the secret' });

const secretKeyBody = z
  .object({
    id: z.string(),
    name: z.string(),
    lastFour,
    scope: z.enum(['project', 'account']).openapi({
      description: 'Whether it signs for this project or for every project of the account',
    }),
    createdAt: time(),
    lastUsedAt: time('When the key was last used, accurate to the minute').nullable(),
  })
  .openapi('SecretKey');

function toSecretKeyBody(key: SecretKey): z.infer<typeof secretKeyBody> {
  const { id, name, lastFour, projectId, createdAt, lastUsedAt } = key;
  const scope = projectId === null ? 'account' : 'project';
  const times = { createdAt: iso(createdAt), lastUsedAt: isoOrNull(lastUsedAt) };
  return { id, name, lastFour, scope, ...times };
}

/** `/v1/projects/{project}/secret-keys` */
export function secretKeyRoutes({ ports: { registry }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/secret-keys',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'listSecretKeys',
        tags: ['Secrets'],
        summary: 'List secret keys',
        description:
          'Active keys that may sign for the project, newest first, without their secrets.',
      },
      params: projectParam,
      success: {
        status: 200,
        schema: z.object({ secretKeys: z.array(secretKeyBody) }),
        description: 'The keys',
      },
      handler: async ({ access }) => {
        const secretKeys = await registry.listSecretKeys(access.project.id);
        return { secretKeys: secretKeys.map(toSecretKeyBody) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/secret-keys',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'createSecretKey',
        tags: ['Secrets'],
        summary: 'Create a secret key',
        description: 'Only this response contains the secret. A project can have ten active keys.',
      },
      params: projectParam,
      body: z.strictObject({ name: givenName }),
      errors: ['secret_key_limit'],
      success: {
        status: 201,
        schema: z
          .object({
            id: z.string(),
            name: z.string(),
            lastFour,
            createdAt: time(),
            secret: z.string().openapi({ example: 'sk_live_…' }),
          })
          .openapi('NewSecretKey'),
        description: 'The key, with its secret',
      },
      handler: async ({ access, body, context }) => {
        const { principal, project } = access;
        const { name } = body;
        const entry = auditEntry(principal, context, 'secret_key.created', {
          project,
          target: name,
        });
        const key = await createSecretKey(registry, project, name, entry);
        const { id, lastFour, createdAt, secret } = key;
        return { id, name, lastFour, createdAt: iso(createdAt), secret };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/secret-keys/{id}',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'revokeSecretKey',
        tags: ['Secrets'],
        summary: 'Revoke a secret key',
        description: 'Tokens that the key signed are refused from the response on.',
      },
      params: projectParam.extend({ id: z.string() }),
      errors: ['secret_key_not_found'],
      success: { status: 204, description: 'Revoked' },
      handler: async ({ access, params, context }) => {
        const { principal, project } = access;
        const { id } = params;
        const keys = await registry.listSecretKeys(project.id);
        const target = keys.find((key) => key.id === id)?.name ?? null;
        const entry = auditEntry(principal, context, 'secret_key.revoked', {
          project,
          target,
        });
        const revoked = await registry.revokeSecretKey(project.id, id, entry);
        if (!revoked) throw new ApiError('secret_key_not_found');
        return undefined;
      },
    }),
  ];
}
