import { ApiError, defineRoute, projectParam, type Route, whole, z } from '@auraimage/http';
import type { AuditAction, Project, ProjectChanges } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { normalizeOrigins } from './origins.js';
import { projectBody, projectName, toProjectBody } from './projects.js';
import { changeProject, checkProjectName } from './rules.js';

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
export function projectChangeRoutes({
  ports: { registry },
  options: { publicUrl },
  access,
}: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'PATCH',
      path: '/v1/projects/{project}',
      hosts: ['app'],
      access: access.inProject,
      doc: {
        operationId: 'changeProject',
        tags: ['Projects'],
        summary: 'Change a project',
        description:
          'Members that are absent stay as they are. A new name changes every address of the project: links and tokens that name the old one end.',
      },
      params: projectParam,
      body: changesBody,
      errors: ['project_name_invalid', 'project_name_taken', 'origin_malformed', 'admin_required'],
      success: { status: 200, schema: projectBody, description: 'The project as it is now' },
      handler: async ({ access, body, context }) => {
        const { caller } = access;
        const wishes = body;
        if (wishes.quotaBytes !== undefined && caller.user.role !== 'admin') {
          throw new ApiError('admin_required');
        }
        let { project } = access;
        for (const { action, changes, details } of planChanges(project, wishes)) {
          const entry = auditEntry(caller, context, action, { project: project.name, details });
          project = await changeProject(registry, project.id, changes, entry);
        }
        return toProjectBody(project, publicUrl);
      },
    }),
  ];
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
