import { ApiError, defineRoute, projectParam, type Route, whole, z } from '@auraimage/http';
import type { AuditAction, Project, ProjectChanges } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { projectBody, projectName, toProjectBody } from './projects.js';
import { changeProject, checkProjectName } from './rules.js';

/** Maximum number of origins of a project. */
const MAX_ORIGINS = 50;
/** Maximum length of an origin: the longest host name with scheme and port. */
const MAX_ORIGIN_LENGTH = 270;

const changesBody = z.strictObject({
  projectName: projectName.optional(),
  allowedOrigins: z
    .array(z.string())
    .optional()
    .openapi({
      description:
        'At most 50 http(s) origins. With an empty list, browsers may upload from any origin',
      example: ['https://app.example'],
    }),
  quotaBytes: whole('`null` removes the limit. Administrators only').nullable().optional(),
});

/** `PATCH /v1/projects/{project}` */
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
          'Absent members do not change. A new name changes every URL of the project: links and tokens with the old name stop working.',
      },
      params: projectParam,
      body: changesBody,
      errors: ['project_name_invalid', 'project_name_taken', 'origin_malformed', 'admin_required'],
      success: { status: 200, schema: projectBody, description: 'The changed project' },
      handler: async ({ access, body, context }) => {
        const { caller } = access;
        if (body.quotaBytes !== undefined && caller.user.role !== 'admin') {
          throw new ApiError('admin_required');
        }
        let { project } = access;
        for (const { action, changes, details } of planChanges(project, body)) {
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

/**
 * The requested changes, without those that change nothing. The name comes first, since it may be taken: then
 * nothing is changed.
 *
 * @throws {ApiError} `project_name_invalid`, `origin_malformed`
 */
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

/**
 * Converts origins to the form that browsers send: lower case, without a default port or a slash. Removes
 * duplicates and keeps the order.
 *
 * @throws {ApiError} `origin_malformed` for more than 50 origins, or a text that is not an http(s) origin
 *
 * @example
 * normalizeOrigins(['https://App.example/', 'http://localhost:3000']);
 * // ['https://app.example', 'http://localhost:3000']
 */
export function normalizeOrigins(origins: readonly string[]): readonly string[] {
  if (origins.length > MAX_ORIGINS) throw new ApiError('origin_malformed');
  return [...new Set(origins.map(normalize))];
}

function normalize(text: string): string {
  const isParsable = text.length <= MAX_ORIGIN_LENGTH && URL.canParse(text);
  const url = isParsable ? new URL(text) : null;
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.href === `${url.origin}/` && // no path, query, fragment or user
    !url.hostname.includes('*');
  if (isOrigin) return url.origin;
  throw new ApiError('origin_malformed', {
    message: `${JSON.stringify(text.slice(0, 100))} is not an origin: use scheme and host, such as https://app.example`,
  });
}
