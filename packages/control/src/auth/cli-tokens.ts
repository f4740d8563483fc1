import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  type RequestContext,
  type Route,
  time,
  z,
} from '@auraimage/http';
import { MAX_CLI_TOKENS } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { EXPIRED_DAYS, UNUSED_DAYS } from '../retention.js';
import { auditEntry, type Caller } from './access.js';

const cliTokenBody = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: 'The name that the device sent' }),
    lastFour: z.string(),
    createdAt: time(),
    lastUsedAt: time('Accurate to the minute').nullable(),
    expiresAt: time('From then on it is refused; `null`: never').nullable(),
    current: z.boolean().openapi({ description: 'Whether it authenticated this request' }),
  })
  .openapi('CliToken');

/** The user's CLI tokens. */
export function cliTokenRoutes({ access, ports }: ControlDependencies): Route[] {
  const { cliTokens } = ports;

  async function revoke(caller: Caller, context: RequestContext, id: string): Promise<void> {
    const { id: userId } = caller.user;
    const token = (await cliTokens.list(userId)).find((each) => each.id === id);
    const entry = auditEntry(caller, context, 'cli_token.revoked', { target: token?.name ?? null });
    if (!(await cliTokens.revoke(userId, id, entry))) throw new ApiError('cli_token_not_found');
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/auth/cli-tokens',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'listCliTokens',
        tags: ['Command line'],
        summary: 'List CLI tokens',
        description: `Every token of the user, newest first. A user has at most ${MAX_CLI_TOKENS}: one more ends the least recently used one. A token that has expired is listed for ${EXPIRED_DAYS} days, and one that is not used for ${UNUSED_DAYS} days ends.`,
      },
      success: {
        status: 200,
        schema: z.object({ tokens: z.array(cliTokenBody) }),
        description: 'The tokens',
      },
      async handler({ access: { user, credentialId } }) {
        const tokens = (await cliTokens.list(user.id)).map((token) => ({
          id: token.id,
          name: token.name,
          lastFour: token.lastFour,
          createdAt: iso(token.createdAt),
          lastUsedAt: isoOrNull(token.lastUsedAt),
          expiresAt: isoOrNull(token.expiresAt),
          current: token.id === credentialId,
        }));
        return { tokens };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/auth/cli-tokens/me',
      hosts: ['app'],
      // Sessions pass the check as well, and get `cli_token_not_found`.
      access: { ...access.signedIn, security: [{ cliToken: [] }] },
      doc: {
        operationId: 'revokeMyCliToken',
        tags: ['Command line'],
        summary: 'Sign the command line out',
        description: 'Revokes the token that authenticates the request. A session gets 404.',
      },
      errors: ['cli_token_not_found'],
      success: { status: 204, description: 'Revoked' },
      async handler({ access: caller, context }) {
        if (caller.kind !== 'cli_token') throw new ApiError('cli_token_not_found');
        await revoke(caller, context, caller.credentialId);
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/auth/cli-tokens/{id}',
      hosts: ['app'],
      access: access.signedIn,
      doc: { operationId: 'revokeCliToken', tags: ['Command line'], summary: 'Revoke a CLI token' },
      params: z.object({ id: z.string() }),
      errors: ['cli_token_not_found'],
      success: { status: 204, description: 'Revoked' },
      handler: ({ access: caller, params, context }) => revoke(caller, context, params.id),
    }),
  ];
}
