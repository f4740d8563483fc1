import { defineRoute, iso, projectParam, type Route, time, whole, z } from '@auraimage/http';
import type { Project } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { createProject } from './rules.js';

export const projectName = z.string().openapi({
  description: '2 to 40 of `a-z`, `0-9` and `-`, and no reserved word',
  example: 'my-app',
});

export const projectBody = z
  .object({
    id: z.string(),
    projectName,
    cdnUrl: z.string().openapi({
      description: 'Where its images are served and uploaded: `{cdnUrl}/{project}/{key}`',
      example: 'https://cdn.example',
    }),
    allowedOrigins: z
      .array(z.string())
      .openapi({ description: 'Origins that browsers may upload from; empty: any' }),
    quotaBytes: whole('Bytes that its masters may take; `null`: no limit').nullable(),
    usedBytes: whole('Bytes that its masters take now'),
    images: whole('Images that it has now'),
    createdAt: time(),
  })
  .openapi('Project');

/**
 * A project as answers tell it.
 *
 * @param cdnUrl without a slash at the end
 */
export function toProjectBody(
  { id, name: projectName, allowedOrigins, quotaBytes, usedBytes, images, createdAt }: Project,
  cdnUrl: string,
): z.infer<typeof projectBody> {
  return {
    id,
    projectName,
    cdnUrl,
    allowedOrigins: [...allowedOrigins],
    quotaBytes,
    usedBytes,
    images,
    createdAt: iso(createdAt),
  };
}

/** `/v1/projects`: the projects of the account. */
export function projectRoutes({
  ports: { registry },
  options: { publicUrl },
  access,
}: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'listProjects',
        tags: ['Projects'],
        summary: 'List projects',
        description: 'Every project of the account, oldest first.',
      },
      success: {
        status: 200,
        schema: z.object({ projects: z.array(projectBody) }),
        description: 'The projects',
      },
      handler: async ({ access }) => {
        const projects = await registry.listProjects(access.user.accountId);
        return { projects: projects.map((project) => toProjectBody(project, publicUrl)) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'createProject',
        tags: ['Projects'],
        summary: 'Create a project',
        description: 'Makes a project with a serve secret. An account has 100 at most.',
      },
      body: z.strictObject({ projectName }),
      errors: ['project_name_invalid', 'project_name_taken', 'project_limit'],
      success: { status: 201, schema: projectBody, description: 'The project' },
      handler: async ({ access, body, context }) => {
        const caller = access;
        const { projectName: name } = body;
        const { accountId } = caller.user;
        const entry = auditEntry(caller, context, 'project.created', { project: name });
        const project = await createProject(registry, { accountId, name }, entry);
        context.facts.project = project.name;
        return toProjectBody(project, publicUrl);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}',
      hosts: ['app'],
      access: access.inProject,
      doc: { operationId: 'getProject', tags: ['Projects'], summary: 'Get a project' },
      params: projectParam,
      success: { status: 200, schema: projectBody, description: 'The project' },
      handler: ({ access }) => toProjectBody(access.project, publicUrl),
    }),
  ];
}
