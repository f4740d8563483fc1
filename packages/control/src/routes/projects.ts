import type { Project } from '@auraimage/ports';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  IN_PROJECT_ERRORS,
  iso,
  json,
  jsonBody,
  projectParam,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  time,
  whole,
} from '../openapi.js';
import { createProject } from '../projects.js';
import type { ControlServices } from '../services.js';

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
export function projectRoutes(
  app: ControlApp,
  { ports: { registry }, options: { publicUrl }, signedIn, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects',
      operationId: 'listProjects',
      tags: ['Projects'],
      summary: 'List projects',
      description: 'Every project of the account, oldest first.',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: {
        200: json(z.object({ projects: z.array(projectBody) }), 'The projects'),
        ...errors(...SIGNED_IN_ERRORS),
      },
    }),
    async (c) => {
      const projects = await registry.listProjects(c.var.caller.user.accountId);
      return c.json(
        { projects: projects.map((project) => toProjectBody(project, publicUrl)) },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/projects',
      operationId: 'createProject',
      tags: ['Projects'],
      summary: 'Create a project',
      description: 'Makes a project with a serve secret. An account has 100 at most.',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { body: jsonBody(z.strictObject({ projectName })) },
      responses: {
        201: json(projectBody, 'The project'),
        ...errors(
          ...SIGNED_IN_ERRORS,
          ...BODY_ERRORS,
          'project_name_invalid',
          'project_name_taken',
          'project_limit',
        ),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      const { projectName: name } = c.req.valid('json');
      const { accountId } = caller.user;
      const entry = by(caller, c, 'project.created', { project: name });
      const project = await createProject(registry, { accountId, name }, entry);
      c.env.facts.project = project.name;
      return c.json(toProjectBody(project, publicUrl), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}',
      operationId: 'getProject',
      tags: ['Projects'],
      summary: 'Get a project',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam },
      responses: { 200: json(projectBody, 'The project'), ...errors(...IN_PROJECT_ERRORS) },
    }),
    (c) => c.json(toProjectBody(c.var.project, publicUrl), 200),
  );
}
