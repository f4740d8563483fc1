import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp, ControlEnv } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import {
  CLI_TOKEN,
  errors,
  iso,
  isoOrNull,
  json,
  noContent,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  time,
} from '../openapi.js';
import type { Caller } from './authenticate.js';
import type { AuthServices } from './services.js';

const cliTokenBody = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: 'What the device called itself' }),
    lastFour: z.string(),
    createdAt: time(),
    lastUsedAt: time('To the minute').nullable(),
    current: z.boolean().openapi({ description: 'Whether it is the one that asks' }),
  })
  .openapi('CliToken');

const idParam = z.object({ id: z.string() });

/** The tokens with which the user's command lines are signed in. */
export function cliTokenRoutes(
  app: ControlApp,
  { ports: { cliTokens, audit, clock }, signedIn }: AuthServices,
): void {
  async function revoke(c: { env: ControlEnv }, caller: Caller, id: string): Promise<void> {
    const { id: userId } = caller.user;
    const token = (await cliTokens.list(userId)).find((each) => each.id === id);
    const revoked = token !== undefined && (await cliTokens.revoke(userId, id));
    if (!revoked) throw new ControlError('cli_token_not_found');
    const entry = by(caller, c, 'cli_token.revoked', { target: token.name });
    await audit.append([{ ...entry, at: clock.now() }]);
  }

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/auth/cli-tokens',
      operationId: 'listCliTokens',
      tags: ['Command line'],
      summary: 'List CLI tokens',
      description: 'Every token of the user, newest first.',
      security: SIGNED_IN,
      middleware: signedIn,
      responses: {
        200: json(z.object({ tokens: z.array(cliTokenBody) }), 'The tokens'),
        ...errors(...SIGNED_IN_ERRORS),
      },
    }),
    async (c) => {
      const { user, credentialId } = c.var.caller;
      const tokens = (await cliTokens.list(user.id)).map((token) => ({
        id: token.id,
        name: token.name,
        lastFour: token.lastFour,
        createdAt: iso(token.createdAt),
        lastUsedAt: isoOrNull(token.lastUsedAt),
        current: token.id === credentialId,
      }));
      return c.json({ tokens }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/auth/cli-tokens/me',
      operationId: 'revokeMyCliToken',
      tags: ['Command line'],
      summary: 'Sign the command line out',
      description: 'Revokes the token that asks. A session has none.',
      security: CLI_TOKEN,
      middleware: signedIn,
      responses: {
        204: noContent('Revoked'),
        ...errors(...SIGNED_IN_ERRORS, 'cli_token_not_found'),
      },
    }),
    async (c) => {
      const { caller } = c.var;
      if (caller.kind !== 'cli_token') throw new ControlError('cli_token_not_found');
      await revoke(c, caller, caller.credentialId);
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/auth/cli-tokens/{id}',
      operationId: 'revokeCliToken',
      tags: ['Command line'],
      summary: 'Revoke a CLI token',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { params: idParam },
      responses: {
        204: noContent('Revoked'),
        ...errors(...SIGNED_IN_ERRORS, 'cli_token_not_found'),
      },
    }),
    async (c) => {
      await revoke(c, c.var.caller, c.req.valid('param').id);
      return c.body(null, 204);
    },
  );
}
