import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  projectParam,
  type Route,
  time,
  whole,
  z,
} from '@auraimage/http';
import type { Deletion } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';

/** How long finished deletions are listed, in milliseconds: 7 days. */
const LISTED_MS = 7 * 24 * 3600 * 1000;

const deletionBody = z
  .object({
    id: z.string(),
    projectName: z.string(),
    images: whole('Images of the project'),
    removed: whole('Images removed so far'),
    startedAt: time(),
    finishedAt: time('`null` while the deletion runs').nullable(),
  })
  .openapi('Deletion');

function toDeletionBody(deletion: Deletion): z.infer<typeof deletionBody> {
  const { id, projectName, images, removed, startedAt, finishedAt } = deletion;
  const times = { startedAt: iso(startedAt), finishedAt: isoOrNull(finishedAt) };
  return { id, projectName, images, removed, ...times };
}

/** Deletes a project, and shows the progress of deletions. */
export function deletionRoutes({
  ports: { registry, clock },
  access,
  wakeDeletions,
}: ControlDependencies): Route[] {
  const listed = (accountId: string) => registry.listDeletions(accountId, clock.now() - LISTED_MS);

  return [
    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}',
      hosts: ['app'],
      access: access.can('project.delete'),
      doc: {
        operationId: 'deleteProject',
        tags: ['Projects'],
        summary: 'Delete a project',
        description:
          'From the response on, the project is neither served nor listed and accepts no uploads. Its images are removed in the background. Then its name is available again. This cannot be undone.',
      },
      params: projectParam,
      body: z.strictObject({
        confirm: z.string().openapi({ description: "The project's name", example: 'my-app' }),
      }),
      errors: ['confirmation_wrong'],
      success: { status: 202, schema: deletionBody, description: 'The deletion has started' },
      handler: async ({ access, body, context }) => {
        const { principal, project } = access;
        if (body.confirm !== project.name) {
          throw new ApiError('confirmation_wrong');
        }
        const details = { images: project.images };
        const entry = auditEntry(principal, context, 'project.deleted', { project, details });
        const deletion = await registry.beginDeletion(project.id, principal.user.accountId, entry);
        if (deletion === null) throw new ApiError('project_not_found');
        wakeDeletions();
        return toDeletionBody(deletion);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/deletions',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'listDeletions',
        tags: ['Projects'],
        summary: 'List deletions',
        description:
          'Deletions that the user started and that are running or finished in the last 7 days, newest first.',
      },
      success: {
        status: 200,
        schema: z.object({ deletions: z.array(deletionBody) }),
        description: 'The deletions',
      },
      handler: async ({ access }) => {
        const deletions = await listed(access.user.accountId);
        return { deletions: deletions.map(toDeletionBody) };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/deletions/{id}',
      hosts: ['app'],
      access: access.signedIn,
      doc: { operationId: 'getDeletion', tags: ['Projects'], summary: 'Get a deletion' },
      params: z.object({ id: z.string() }),
      errors: ['deletion_not_found'],
      success: { status: 200, schema: deletionBody, description: 'The deletion with its progress' },
      handler: async ({ access, params }) => {
        const { id } = params;
        const deletion = (await listed(access.user.accountId)).find((each) => each.id === id);
        if (deletion === undefined) throw new ApiError('deletion_not_found');
        return toDeletionBody(deletion);
      },
    }),
  ];
}
