import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  projectParam,
  type RequestContext,
  type Route,
  time,
  whole,
  z,
} from '@auraimage/http';
import { auditEntry, type GrantOf } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlPorts } from '../ports.js';
import { MAX_GRACE_SECONDS, rotateServeSecret } from './rules.js';

const RECENT_MS = 24 * 3600 * 1000;

const previousBody = z
  .object({
    endsAt: time('When the grace period ends'),
    readsLast24Hours: whole(
      'Reads in the last 24 hours whose token is signed with the previous secret',
    ),
    lastReadAt: time('Time of the last such read').nullable(),
  })
  .nullable()
  .openapi({ description: 'The previous secret during its grace period, else `null`' });

const serveSecretBody = z
  .object({ secret: z.string().openapi({ example: 'psk_live_…' }), previous: previousBody })
  .openapi('ServeSecret');

const graceBody = z.object({ previous: previousBody }).openapi('ServeSecretGrace');

const rotateBody = z.strictObject({
  graceSeconds: z.number().optional().openapi({
    type: 'integer',
    minimum: 0,
    maximum: MAX_GRACE_SECONDS,
    default: MAX_GRACE_SECONDS,
    description: 'How long links signed with the old secret stay valid; 0: not at all',
  }),
});

/** `/v1/projects/{project}/serve-secret` */
export function serveSecretRoutes({ ports, access }: ControlDependencies): Route[] {
  const { registry, audit, clock } = ports;

  /** The entry is written first, so that nobody gets the secret without one. */
  async function readSecret(
    { principal, project }: GrantOf<'secrets.manage'>,
    context: RequestContext,
  ): Promise<z.infer<typeof serveSecretBody>> {
    const entry = auditEntry(principal, context, 'serve_secret.read', { project });
    await audit.append([{ ...entry, at: clock.now() }]);
    return serveSecretOf(ports, project.id);
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/serve-secret',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'getServeSecret',
        tags: ['Secrets'],
        summary: 'Get the serve secret',
        description:
          'The audit log records it. During a grace period, the response counts the reads that used the previous secret.',
      },
      params: projectParam,
      success: { status: 200, schema: serveSecretBody, description: 'The secret' },
      handler: ({ access, context }) => readSecret(access, context),
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/serve-secret/grace',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'getServeSecretGrace',
        tags: ['Secrets'],
        summary: 'Get the grace period',
        description: 'The same as `GET …/serve-secret`, without the secret.',
      },
      params: projectParam,
      success: { status: 200, schema: graceBody, description: 'The grace period' },
      handler: async ({ access }) => {
        const { previous } = await serveSecretOf(ports, access.project.id);
        return { previous };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/serve-secret/rotate',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'rotateServeSecret',
        tags: ['Secrets'],
        summary: 'Rotate the serve secret',
        description:
          'Creates a new secret. The old one stays valid for the grace period; an older one ends now.',
      },
      params: projectParam,
      body: rotateBody,
      bodyIsOptional: true,
      errors: ['grace_invalid'],
      success: { status: 200, schema: serveSecretBody, description: 'The new secret' },
      handler: async ({ access, body, context }) => {
        const { principal, project } = access;
        const { graceSeconds = MAX_GRACE_SECONDS } = body;
        const details = { graceSeconds };
        const entry = auditEntry(principal, context, 'serve_secret.rotated', {
          project,
          details,
        });
        await rotateServeSecret(registry, project.id, graceSeconds, clock.now(), entry);
        return await serveSecretOf(ports, project.id);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/serve-secret/end-grace',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'endServeSecretGrace',
        tags: ['Secrets'],
        summary: 'End the grace period',
        description:
          'Links signed with the previous secret are refused from the response on. Without a grace period, nothing changes.',
      },
      params: projectParam,
      success: { status: 200, schema: serveSecretBody, description: 'The secret' },
      handler: async ({ access, context }) => {
        const { principal, project } = access;
        const until = (await registry.serveSecrets(project.id))?.previous?.until ?? 0;
        const entry = auditEntry(principal, context, 'serve_secret.grace_ended', { project });
        const isEnded = until > clock.now() && (await registry.endGracePeriod(project.id, entry));
        return isEnded ? serveSecretOf(ports, project.id) : readSecret(access, context);
      },
    }),
  ];
}

async function serveSecretOf(
  { registry, usage, clock }: Pick<ControlPorts, 'registry' | 'usage' | 'clock'>,
  projectId: string,
): Promise<z.infer<typeof serveSecretBody>> {
  const secrets = await registry.serveSecrets(projectId);
  if (secrets === null) throw new ApiError('project_not_found');
  const { current: secret, previous } = secrets;
  const now = clock.now();
  if (previous === null || previous.until <= now) return { secret, previous: null };
  const { reads, lastAt } = await usage.previousSecretReads(projectId, now - RECENT_MS);
  return {
    secret,
    previous: {
      endsAt: iso(previous.until),
      readsLast24Hours: reads,
      lastReadAt: isoOrNull(lastAt),
    },
  };
}
