import { ApiError, defineRoute, type Route, z } from '@auraimage/http';
import type { ControlDependencies } from '../dependencies.js';
import { judgeProjectName } from './rules.js';

const nameBody = z
  .object({
    name: z.string(),
    available: z.boolean(),
    reason: z.enum(['invalid', 'reserved', 'taken']).nullable(),
  })
  .openapi('ProjectName');

/** `GET /v1/project-names/{name}`: for the form in which a name is being typed. */
export function projectNameRoutes({
  ports: { registry, attempts },
  access,
}: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/project-names/{name}',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'checkProjectName',
        tags: ['Projects'],
        summary: 'Check a project name',
        description: 'Tells whether a project could have this name now. Limited per client.',
      },
      params: z.object({ name: z.string().openapi({ example: 'my-app' }) }),
      errors: ['too_many_attempts'],
      success: { status: 200, schema: nameBody, description: 'Whether the name is free' },
      handler: async ({ params, context }) => {
        const wait = await attempts.consume('name_check_client', context.client);
        if (wait > 0) throw new ApiError('too_many_attempts', { retryAfterSeconds: wait });
        const name = decoded(params.name);
        const taken = (await registry.isNameTaken(name)) ? 'taken' : null;
        const reason: z.infer<typeof nameBody>['reason'] = judgeProjectName(name) ?? taken;
        return { name, available: reason === null, reason };
      },
    }),
  ];
}

/** The name as it was typed; a text that is not percent-encoded UTF-8 is no name anyway. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
