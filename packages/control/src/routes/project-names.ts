import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { errors, json, SIGNED_IN, SIGNED_IN_ERRORS } from '../openapi.js';
import { judgeProjectName } from '../projects.js';
import type { ControlServices } from '../services.js';

const nameBody = z
  .object({
    name: z.string(),
    available: z.boolean(),
    reason: z.enum(['invalid', 'reserved', 'taken']).nullable(),
  })
  .openapi('ProjectName');

/** `GET /v1/project-names/{name}`: for the form in which a name is being typed. */
export function projectNameRoutes(
  app: ControlApp,
  { ports: { registry, attempts }, signedIn }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/project-names/{name}',
      operationId: 'checkProjectName',
      tags: ['Projects'],
      summary: 'Check a project name',
      description: 'Tells whether a project could have this name now. Limited per client.',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { params: z.object({ name: z.string().openapi({ example: 'my-app' }) }) },
      responses: {
        200: json(nameBody, 'Whether the name is free'),
        ...errors(...SIGNED_IN_ERRORS, 'too_many_attempts'),
      },
    }),
    async (c) => {
      const wait = await attempts.consume('name_check_client', c.env.client);
      if (wait > 0) throw new ControlError('too_many_attempts', { retryAfterSeconds: wait });
      const { name } = c.req.valid('param');
      const taken = (await registry.isNameTaken(name)) ? 'taken' : null;
      const reason: z.infer<typeof nameBody>['reason'] = judgeProjectName(name) ?? taken;
      return c.json({ name, available: reason === null, reason }, 200);
    },
  );
}
