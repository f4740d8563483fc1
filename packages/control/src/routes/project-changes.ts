import type { AuditAction, Project, ProjectChanges } from '@auraimage/ports';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  BODY_ERRORS,
  errors,
  IN_PROJECT_ERRORS,
  json,
  jsonBody,
  projectParam,
  SIGNED_IN,
  whole,
} from '../openapi.js';
import { normalizeOrigins } from '../origins.js';
import { changeProject, checkProjectName } from '../projects.js';
import type { ControlServices } from '../services.js';
import { projectBody, projectName, toProjectBody } from './projects.js';

const changesBody = z.strictObject({
  projectName: projectName.optional(),
  allowedOrigins: z
    .array(z.string())
    .optional()
    .openapi({
      description: 'At most 50 http(s) origins; an empty list lets browsers upload from any',
      example: ['https://app.example'],
    }),
  quotaBytes: whole('`null` takes the limit away; administrators only').nullable().optional(),
});

/** `PATCH /v1/projects/{project}`: check every wish, then make the changes that change something. */
export function projectChangeRoutes(
  app: ControlApp,
  { ports: { registry }, options: { publicUrl }, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'patch',
      path: '/v1/projects/{project}',
      operationId: 'changeProject',
      tags: ['Projects'],
      summary: 'Change a project',
      description:
        'Members that are absent stay as they are. A new name changes every address of the project: links and tokens that name the old one end.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam, body: jsonBody(changesBody) },
      responses: {
        200: json(projectBody, 'The project as it is now'),
        ...errors(
          ...IN_PROJECT_ERRORS,
          ...BODY_ERRORS,
          'project_name_invalid',
          'project_name_taken',
          'origin_malformed',
          'admin_required',
        ),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      const wishes = c.req.valid('json');
      if (wishes.quotaBytes !== undefined && caller.user.role !== 'admin') {
        throw new ControlError('admin_required');
      }
      let { project } = c.var;
      for (const { action, changes, details } of planChanges(project, wishes)) {
        const entry = by(caller, c, action, { project: project.name, details });
        project = await changeProject(registry, project.id, changes, entry);
      }
      return c.json(toProjectBody(project, publicUrl), 200);
    },
  );
}

interface PlannedChange {
  readonly action: AuditAction;
  readonly changes: ProjectChanges;
  readonly details: Readonly<Record<string, string | number | null>>;
}

/** The changes that are asked for and change something, the one that others can prevent first. */
function planChanges(
  project: Project,
  { projectName: name, allowedOrigins: origins, quotaBytes }: z.infer<typeof changesBody>,
): readonly PlannedChange[] {
  const plan: PlannedChange[] = [];
  if (name !== undefined && name !== project.name) {
    checkProjectName(name);
    const details = { from: project.name, to: name };
    plan.push({ action: 'project.renamed', changes: { name }, details });
  }
  if (origins !== undefined) {
    const allowedOrigins = normalizeOrigins(origins);
    const [from, to] = [project.allowedOrigins.join(' '), allowedOrigins.join(' ')];
    if (from !== to) {
      const action = 'project.origins_changed';
      plan.push({ action, changes: { allowedOrigins }, details: { from, to } });
    }
  }
  if (quotaBytes !== undefined && quotaBytes !== project.quotaBytes) {
    const details = { from: project.quotaBytes, to: quotaBytes };
    plan.push({ action: 'project.quota_changed', changes: { quotaBytes }, details });
  }
  return plan;
}
