import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  IN_PROJECT_ERRORS,
  iso,
  isoOrNull,
  json,
  jsonBody,
  projectParam,
  SIGNED_IN,
  time,
  whole,
} from '../openapi.js';
import type { ControlPorts } from '../ports.js';
import { MAX_GRACE_SECONDS, rotateServeSecret } from '../projects.js';
import type { ControlServices } from '../services.js';

const EVIDENCE_MS = 24 * 3600 * 1000;

const previousBody = z
  .object({
    endsAt: time('When links signed with the previous secret end'),
    readsLast24Hours: whole('Reads that the previous secret let through in the last 24 hours'),
    lastReadAt: time('When the last of them was').nullable(),
  })
  .nullable()
  .openapi({ description: 'The secret before, while its grace runs' });

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
    description: 'How long links signed with the old secret go on; 0 ends them now',
  }),
});

/** `/v1/projects/{project}/serve-secret`: the secret that signs links to private images. */
export function serveSecretRoutes(app: ControlApp, { ports, inProject }: ControlServices): void {
  const { registry, clock } = ports;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}/serve-secret',
      operationId: 'getServeSecret',
      tags: ['Secrets'],
      summary: 'Get the serve secret',
      description: 'While a grace runs, it tells how many reads still used the previous secret.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam },
      responses: { 200: json(serveSecretBody, 'The secret'), ...errors(...IN_PROJECT_ERRORS) },
    }),
    async (c) => c.json(await serveSecretOf(ports, c.var.project.id), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}/serve-secret/grace',
      operationId: 'getServeSecretGrace',
      tags: ['Secrets'],
      summary: 'Get the grace alone',
      description: 'What a page shows that does not need the secret itself.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam },
      responses: { 200: json(graceBody, 'The grace'), ...errors(...IN_PROJECT_ERRORS) },
    }),
    async (c) => {
      const { previous } = await serveSecretOf(ports, c.var.project.id);
      return c.json({ previous }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/projects/{project}/serve-secret/rotate',
      operationId: 'rotateServeSecret',
      tags: ['Secrets'],
      summary: 'Rotate the serve secret',
      description: 'Makes a new secret. One that was already in its grace ends now.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam, body: jsonBody(rotateBody, false) },
      responses: {
        200: json(serveSecretBody, 'The new secret'),
        ...errors(...IN_PROJECT_ERRORS, ...BODY_ERRORS, 'grace_invalid'),
      },
    }),
    async (c) => {
      const { caller, project } = c.var;
      const { graceSeconds = MAX_GRACE_SECONDS } = c.req.valid('json');
      const details = { graceSeconds };
      const entry = by(caller, c, 'serve_secret.rotated', { project: project.name, details });
      await rotateServeSecret(registry, project.id, graceSeconds, clock.now(), entry);
      return c.json(await serveSecretOf(ports, project.id), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/projects/{project}/serve-secret/end-grace',
      operationId: 'endServeSecretGrace',
      tags: ['Secrets'],
      summary: 'End the grace',
      description:
        'Links signed with the previous secret are refused from the next request on. Does nothing where no grace runs.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam },
      responses: { 200: json(serveSecretBody, 'The secret'), ...errors(...IN_PROJECT_ERRORS) },
    }),
    async (c) => {
      const { caller, project } = c.var;
      const until = (await registry.serveSecrets(project.id))?.previous?.until ?? 0;
      if (until > clock.now()) {
        const entry = by(caller, c, 'serve_secret.grace_ended', { project: project.name });
        await registry.endGracePeriod(project.id, entry);
      }
      return c.json(await serveSecretOf(ports, project.id), 200);
    },
  );
}

async function serveSecretOf(
  { registry, usage, clock }: Pick<ControlPorts, 'registry' | 'usage' | 'clock'>,
  projectId: string,
): Promise<z.infer<typeof serveSecretBody>> {
  const secrets = await registry.serveSecrets(projectId);
  if (secrets === null) throw new ControlError('project_not_found');
  const { current: secret, previous } = secrets;
  const now = clock.now();
  if (previous === null || previous.until <= now) return { secret, previous: null };
  const { reads, lastAt } = await usage.previousSecretReads(projectId, now - EVIDENCE_MS);
  return {
    secret,
    previous: {
      endsAt: iso(previous.until),
      readsLast24Hours: reads,
      lastReadAt: isoOrNull(lastAt),
    },
  };
}
