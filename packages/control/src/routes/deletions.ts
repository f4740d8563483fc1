import type { Deletion } from '@auraimage/ports';
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
  SIGNED_IN_ERRORS,
  time,
  whole,
} from '../openapi.js';
import type { ControlServices } from '../services.js';

/** How long deletions are told of after they have finished, in milliseconds: 7 days. */
const TOLD_MS = 7 * 24 * 3600 * 1000;

const deletionBody = z
  .object({
    id: z.string(),
    projectName: z.string(),
    images: whole('Images that the project had'),
    removed: whole('Images that are gone'),
    startedAt: time(),
    finishedAt: time('`null` while it runs').nullable(),
  })
  .openapi('Deletion');

function toDeletionBody(deletion: Deletion): z.infer<typeof deletionBody> {
  const { id, projectName, images, removed, startedAt, finishedAt } = deletion;
  const times = { startedAt: iso(startedAt), finishedAt: isoOrNull(finishedAt) };
  return { id, projectName, images, removed, ...times };
}

/** Deleting a project, and how far its deletion is. */
export function deletionRoutes(
  app: ControlApp,
  { ports: { registry, clock }, signedIn, inProject, wakeDeletions }: ControlServices,
): void {
  const told = (accountId: string) => registry.listDeletions(accountId, clock.now() - TOLD_MS);

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/projects/{project}',
      operationId: 'deleteProject',
      tags: ['Projects'],
      summary: 'Delete a project',
      description:
        'At once nothing of the project is served, listed or accepts uploads. Its images are removed in the background; then its name is free again. There is no way back.',
      security: SIGNED_IN,
      middleware: inProject,
      request: {
        params: projectParam,
        body: jsonBody(
          z.strictObject({
            confirm: z.string().openapi({ description: "The project's name", example: 'my-app' }),
          }),
        ),
      },
      responses: {
        202: json(deletionBody, 'The deletion, under way'),
        ...errors(...IN_PROJECT_ERRORS, ...BODY_ERRORS, 'confirmation_wrong'),
      },
    }),
    async (c) => {
      const { caller, project } = c.var;
      if (c.req.valid('json').confirm !== project.name) {
        throw new ControlError('confirmation_wrong');
      }
      const details = { images: project.images };
      const entry = by(caller, c, 'project.deleted', { project: project.name, details });
      const deletion = await registry.beginDeletion(project.id, entry);
      if (deletion === null) throw new ControlError('project_not_found');
      wakeDeletions();
      return c.json(toDeletionBody(deletion), 202);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/deletions',
      operationId: 'listDeletions',
      tags: ['Projects'],
      summary: 'List deletions',
      description:
        'Those of the account that run or have finished in the last 7 days, newest first.',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: {
        200: json(z.object({ deletions: z.array(deletionBody) }), 'The deletions'),
        ...errors(...SIGNED_IN_ERRORS),
      },
    }),
    async (c) => {
      const deletions = await told(c.var.caller.user.accountId);
      return c.json({ deletions: deletions.map(toDeletionBody) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/deletions/{id}',
      operationId: 'getDeletion',
      tags: ['Projects'],
      summary: 'Get a deletion',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { params: z.object({ id: z.string() }) },
      responses: {
        200: json(deletionBody, 'How far it is'),
        ...errors(...SIGNED_IN_ERRORS, 'deletion_not_found'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const deletion = (await told(c.var.caller.user.accountId)).find((known) => known.id === id);
      if (deletion === undefined) throw new ControlError('deletion_not_found');
      return c.json(toDeletionBody(deletion), 200);
    },
  );
}
