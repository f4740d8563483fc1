import {
  ApiError,
  defineRoute,
  iso,
  projectParam,
  type Route,
  time,
  whole,
  z,
} from '@auraimage/http';
import {
  MASTER_METADATA,
  type Membership,
  PROJECT_ROLES,
  UNSIGNED_TRANSFORMS,
} from '@auraimage/ports';
import { auditEntry } from '../auth/access.js';
import type { ControlDependencies } from '../dependencies.js';
import { createProject, judgeProjectName } from './rules.js';

export const projectName = z.string().openapi({
  description: '2 to 40 characters of `a-z`, `0-9` and `-`, and no reserved word',
  example: 'my-app',
});

export const unsignedTransforms = z.enum(UNSIGNED_TRANSFORMS).openapi({
  description:
    'Which transforms of public images need no token. `listed`: sizes, aspect ratios and qualities of a list; others are rounded to it. `presets`: those of presets; others are refused. With a token, any is allowed',
});

export const masterMetadata = z.enum(MASTER_METADATA).openapi({
  description:
    'Whether readers get originals with their metadata, such as place and time. `remove`: without it; owners still get them unchanged',
});

export const projectBody = z
  .object({
    id: z.string(),
    projectName,
    cdnUrl: z.string().openapi({
      description: 'Base URL of uploads and images: `{cdnUrl}/{project}/{key}`',
      example: 'https://cdn.example',
    }),
    allowedOrigins: z
      .array(z.string())
      .openapi({ description: 'Origins that browsers may upload from; empty: any' }),
    quotaBytes: whole('Maximum bytes of all masters; `null`: no limit').nullable(),
    unsignedTransforms,
    masterMetadata,
    usedBytes: whole('Bytes of all masters now'),
    images: whole('Number of images now'),
    createdAt: time(),
    role: z.enum(PROJECT_ROLES).openapi({ description: 'What the user is in the project' }),
  })
  .openapi('Project');

/**
 * A project as the API returns it to a member.
 *
 * @param cdnUrl without a trailing slash
 */
export function toProjectBody(
  { project, role }: Membership,
  cdnUrl: string,
): z.infer<typeof projectBody> {
  const { id, name: projectName, allowedOrigins, createdAt } = project;
  const { quotaBytes, unsignedTransforms, masterMetadata, usedBytes, images } = project;
  return {
    id,
    projectName,
    cdnUrl,
    allowedOrigins: [...allowedOrigins],
    quotaBytes,
    unsignedTransforms,
    masterMetadata,
    usedBytes,
    images,
    createdAt: iso(createdAt),
    role,
  };
}

const nameBody = z
  .object({
    name: z.string(),
    available: z.boolean(),
    reason: z.enum(['invalid', 'reserved', 'taken']).nullable(),
    quotaBytes: whole('Storage limit that a new project gets; `null`: no limit').nullable(),
  })
  .openapi('ProjectName');

/** The projects of the user, and whether a name is available. */
export function projectRoutes({
  ports: { registry, members, attempts },
  options: { publicUrl, projectQuotaBytes },
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
        description: 'Every project of which the user is a member, oldest first.',
      },
      success: {
        status: 200,
        schema: z.object({ projects: z.array(projectBody) }),
        description: 'The projects',
      },
      handler: async ({ access }) => {
        const projects = await members.listProjects(access.user.accountId);
        return { projects: projects.map((each) => toProjectBody(each, publicUrl)) };
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
        description:
          'The project gets a serve secret, and the storage limit that the server gives to new projects. An account can have 100 projects.',
      },
      body: z.strictObject({ projectName }),
      errors: ['project_name_invalid', 'project_name_taken', 'project_limit'],
      success: { status: 201, schema: projectBody, description: 'The project' },
      handler: async ({ access, body, context }) => {
        const caller = access;
        const { projectName: name } = body;
        const { accountId } = caller.user;
        const entry = auditEntry(caller, context, 'project.created', {
          project: { accountId, name },
        });
        const project = await createProject(
          registry,
          { accountId, name, quotaBytes: projectQuotaBytes },
          entry,
        );
        context.facts.project = project.name;
        return toProjectBody({ project, role: 'owner' }, publicUrl);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}',
      hosts: ['app'],
      access: access.can('project.view'),
      doc: { operationId: 'getProject', tags: ['Projects'], summary: 'Get a project' },
      params: projectParam,
      success: { status: 200, schema: projectBody, description: 'The project' },
      handler: ({ access }) => toProjectBody(access, publicUrl),
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/project-names/{name}',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'checkProjectName',
        tags: ['Projects'],
        summary: 'Check a project name',
        description: 'Says whether a project could get this name now. Limited by client.',
      },
      params: z.object({ name: z.string().openapi({ example: 'my-app' }) }),
      errors: ['too_many_attempts'],
      success: { status: 200, schema: nameBody, description: 'Whether the name is available' },
      handler: async ({ params, context }) => {
        const wait = await attempts.consume('name_check_client', context.client);
        if (wait > 0) throw new ApiError('too_many_attempts', { retryAfterSeconds: wait });
        const name = decode(params.name);
        const taken = (await registry.isNameTaken(name)) ? 'taken' : null;
        const reason: z.infer<typeof nameBody>['reason'] = judgeProjectName(name) ?? taken;
        return { name, available: reason === null, reason, quotaBytes: projectQuotaBytes };
      },
    }),
  ];
}

/** Route parameters are not decoded. A text that cannot be decoded is not a valid name either. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
