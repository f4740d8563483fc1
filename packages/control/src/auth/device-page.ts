import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp, ControlEnv } from '../context.js';
import { ControlError } from '../errors.js';
import {
  BODY_ERRORS,
  errors,
  iso,
  json,
  jsonBody,
  noContent,
  SESSION,
  SIGNED_IN_ERRORS,
  time,
} from '../openapi.js';
import { type Attempt, countAttempts, refundAttempts } from './attempts.js';
import type { Caller } from './authenticate.js';
import { sessionOnly } from './guards.js';
import type { AuthServices } from './services.js';
import { readUserCode, showUserCode } from './user-code.js';

const codeBody = jsonBody(
  z.strictObject({
    userCode: z
      .string()
      .max(100)
      .openapi({ description: 'In any case, with or without the dash', example: 'ABCD-EFGH' }),
  }),
);

const GUESS_ERRORS = [
  ...SIGNED_IN_ERRORS,
  ...BODY_ERRORS,
  'device_code_not_found',
  'too_many_attempts',
] as const;

/**
 * What the page calls on which somebody lets a device in. A code that was answered or has expired is one
 * that nobody has. Wrong codes are limited by user and by client.
 */
export function devicePageRoutes(
  app: ControlApp,
  { ports: { identity, attempts }, signedIn }: AuthServices,
): void {
  /** Looks for what a code belongs to, as one guess at it. */
  async function guess<Found>(
    c: { env: ControlEnv; var: { caller: Caller } },
    look: () => Promise<Found | null | false>,
  ): Promise<Found> {
    const guesses: readonly Attempt[] = [
      ['device_guess_account', c.var.caller.user.id],
      ['device_guess_client', c.env.client],
    ];
    await countAttempts(attempts, guesses);
    const found = await look();
    if (found === null || found === false) throw new ControlError('device_code_not_found');
    await refundAttempts(attempts, guesses);
    return found;
  }

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/device/lookup',
      operationId: 'lookUpDevice',
      tags: ['Command line'],
      summary: 'Tell which device asks',
      security: SESSION,
      middleware: [signedIn, sessionOnly] as const,
      request: { body: codeBody },
      responses: {
        200: json(
          z.object({
            userCode: z.string().openapi({ example: 'ABCD-EFGH' }),
            name: z.string().openapi({ description: "The device's own claim" }),
            address: z.string().openapi({ description: 'Network address that it asks from' }),
            createdAt: time(),
            expiresAt: time(),
          }),
          'The device',
        ),
        ...errors(...GUESS_ERRORS),
      },
    }),
    async (c) => {
      const code = readUserCode(c.req.valid('json').userCode);
      const device = await guess(c, () => identity.findDevice(code));
      const { name, address, createdAt, expiresAt } = device;
      const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
      return c.json({ userCode: showUserCode(code), name, address, ...times }, 200);
    },
  );

  for (const verdict of ['approve', 'deny'] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/v1/auth/device/${verdict}`,
        operationId: `${verdict}Device`,
        tags: ['Command line'],
        summary: verdict === 'approve' ? 'Let a device in' : 'Turn a device away',
        security: SESSION,
        middleware: [signedIn, sessionOnly] as const,
        request: { body: codeBody },
        responses: { 204: noContent('Done'), ...errors(...GUESS_ERRORS) },
      }),
      async (c) => {
        const code = readUserCode(c.req.valid('json').userCode);
        const { id } = c.var.caller.user;
        await guess(c, () => identity.decideDevice(code, id, verdict));
        return c.body(null, 204);
      },
    );
  }
}
