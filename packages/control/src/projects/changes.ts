import { ApiError, defineRoute, projectParam, type Route, whole, z } from '@auraimage/http';
import type { AuditAction, Project, ProjectChanges } from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import {
  masterMetadata,
  projectBody,
  projectName,
  toProjectBody,
  unsignedTransforms,
} from './projects.js';
import { checkProjectName, nameTaken } from './rules.js';

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
  unsignedTransforms: unsignedTransforms.optional(),
  masterMetadata: masterMetadata.optional(),
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
      access: access.can('project.change'),
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
        const { principal, project, role } = access;
        if (body.quotaBytes !== undefined && principal.user.role !== 'admin') {
          throw new ApiError('admin_required');
        }
        const { changes, audited } = planChanges(project, body);
        if (audited.length === 0) return toProjectBody(access, publicUrl);
        const entries = audited.map(({ action, details }) => {
          // The rename itself is found under the old name, all else under the new one.
          const name = action === 'project.renamed' ? project.name : (changes.name ?? project.name);
          const { accountId } = project;
          return auditEntry(principal, context, action, { project: { accountId, name }, details });
        });
        const changed = await registry.changeProject(project.id, changes, entries);
        if (changed === null) throw new ApiError('project_not_found');
        if (changed === 'name_taken') throw nameTaken(changes.name ?? '');
        return toProjectBody({ project: changed, role }, publicUrl);
      },
    }),
  ];
}

interface PlannedChanges {
  readonly changes: ProjectChanges;
  readonly audited: readonly {
    readonly action: AuditAction;
    readonly details: Readonly<Record<string, string | number | null>>;
  }[];
}

/**
 * The requested changes, without those that change nothing.
 *
 * @throws {ApiError} `project_name_invalid`, `origin_malformed`
 */
function planChanges(
  project: Project,
  { projectName: name, allowedOrigins: origins, ...limits }: z.infer<typeof changesBody>,
): PlannedChanges {
  const changes: { -readonly [Name in keyof ProjectChanges]: ProjectChanges[Name] } = {};
  const audited: PlannedChanges['audited'][number][] = [];
  if (name !== undefined && name !== project.name) {
    checkProjectName(name);
    changes.name = name;
    audited.push({ action: 'project.renamed', details: { from: project.name, to: name } });
  }
  if (origins !== undefined) {
    const allowedOrigins = normalizeOrigins(origins);
    const [from, to] = [project.allowedOrigins.join(' '), allowedOrigins.join(' ')];
    if (from !== to) {
      changes.allowedOrigins = allowedOrigins;
      audited.push({ action: 'project.origins_changed', details: { from, to } });
    }
  }
  const { quotaBytes, unsignedTransforms, masterMetadata } = limits;
  if (quotaBytes !== undefined && quotaBytes !== project.quotaBytes) {
    changes.quotaBytes = quotaBytes;
    const details = { from: project.quotaBytes, to: quotaBytes };
    audited.push({ action: 'project.quota_changed', details });
  }
  if (unsignedTransforms !== undefined && unsignedTransforms !== project.unsignedTransforms) {
    changes.unsignedTransforms = unsignedTransforms;
    const details = { from: project.unsignedTransforms, to: unsignedTransforms };
    audited.push({ action: 'project.transforms_changed', details });
  }
  if (masterMetadata !== undefined && masterMetadata !== project.masterMetadata) {
    changes.masterMetadata = masterMetadata;
    const details = { from: project.masterMetadata, to: masterMetadata };
    audited.push({ action: 'project.metadata_changed', details });
  }
  return { changes, audited };
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
