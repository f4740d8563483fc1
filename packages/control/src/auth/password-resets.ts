import { ApiError, defineRoute, everyone, iso, type Route, time, z } from '@auraimage/http';
import type { NewAuditEntry, User } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlOptions, ControlPorts } from '../ports.js';
import { auditEntry } from './access.js';
import {
  type Attempt,
  checkPassword,
  countAttempts,
  normaliseEmail,
  passwordField,
  refundAttempts,
  refundingFailures,
} from './credentials.js';
import { clientOf, createSignIn, signInBody } from './sign-in.js';

const token = z.string().max(1000).openapi({ description: 'The `token` of the link' });

type ResetPorts = Pick<ControlPorts, 'identity' | 'cliTokens' | 'audit' | 'clock'>;

/** The audit entry of an action on a user's account. */
type EntryOf = (
  user: User,
  action: 'account.password_reset' | 'account.second_factor_removed' | 'cli_token.revoked',
  target: string,
) => NewAuditEntry;

/**
 * Resets the password of a user: the password is unusable from now on, and every session and CLI token of the
 * user is revoked. Only an operator may do this.
 *
 * @param options `removeSecondFactor` also turns the second factor off. Otherwise it stays on: a link in the wrong
 *   hands must not be enough.
 *
 * @returns a link that sets a new password once, and when it expires: in 24 hours; `null` for an unknown email
 *
 * @example
 * const { url } = await resetPassword(ports, { appUrl }, 'ada@example.com', entryOf);
 */
export async function resetPassword(
  { identity, cliTokens, audit, clock }: ResetPorts,
  {
    appUrl,
    removeSecondFactor = false,
  }: Pick<ControlOptions, 'appUrl'> & { readonly removeSecondFactor?: boolean },
  email: string,
  entryOf: EntryOf,
): Promise<{ readonly url: string; readonly expiresAt: number } | null> {
  const reset = await identity.resetPassword(normaliseEmail(email));
  if (reset === null) return null;
  const { user } = reset;
  // Before the audit entry, which a full disk can refuse.
  for (const { id, name } of await cliTokens.list(user.id)) {
    await cliTokens.revoke(user.id, id, entryOf(user, 'cli_token.revoked', name));
  }
  await audit.append([{ ...entryOf(user, 'account.password_reset', user.email), at: clock.now() }]);
  if (removeSecondFactor && (await identity.removeSecondFactor(user.id))) {
    const entry = entryOf(user, 'account.second_factor_removed', user.email);
    await audit.append([{ ...entry, at: clock.now() }]);
  }
  const { token, expiresAt } = reset;
  return { url: `${appUrl}/dashboard/reset-password?token=${token}`, expiresAt };
}

/** The routes of a reset link. */
export function passwordResetRoutes(dependencies: ControlDependencies): Route[] {
  const { access, ports } = dependencies;
  const { identity, attempts, audit, clock } = ports;
  const signIn = createSignIn(dependencies);

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/password-resets/check',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'checkPasswordReset',
        tags: ['Sign-in'],
        summary: 'Check a link that sets a new password',
        description:
          'Returns whose password the link sets. A link that was used or has expired gets the same response as an unknown one.',
      },
      body: z.strictObject({ token }),
      errors: ['reset_link_invalid', 'too_many_attempts'],
      success: {
        status: 200,
        schema: z.object({ email: z.string(), expiresAt: time() }),
        description: 'The link is valid',
      },
      async handler({ body, context }) {
        const guess: Attempt = ['password_reset_client', context.client];
        await countAttempts(attempts, [guess]);
        const reset = await identity.findPasswordReset(body.token);
        if (reset === null) throw new ApiError('reset_link_invalid');
        await refundAttempts(attempts, [guess]);
        return { email: reset.user.email, expiresAt: iso(reset.expiresAt) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/password-resets/accept',
      hosts: ['app'],
      access: access.ownPages,
      doc: {
        operationId: 'acceptPasswordReset',
        tags: ['Sign-in'],
        summary: 'Set a new password',
        description:
          'Uses the link that `aura-server reset-password` has printed, ends every session of the user and starts one, with a cookie. If the user has turned on the second factor, the response has `next` instead, as that of `/v1/auth/sign-in`.',
      },
      body: z.strictObject({ token, password: passwordField }),
      errors: ['password_weak', 'reset_link_invalid', 'too_many_attempts', 'sign_in_busy'],
      success: { status: 200, schema: signInBody, description: 'The password was set' },
      async handler({ body, request, context }) {
        checkPassword(body.password);
        const guess: Attempt = ['password_reset_client', context.client];
        await countAttempts(attempts, [guess]);
        const user = await refundingFailures(attempts, [guess], () =>
          identity.acceptPasswordReset(body.token, body.password),
        );
        if (user === null) throw new ApiError('reset_link_invalid');
        await refundAttempts(attempts, [guess]);
        const entry = auditEntry({ kind: 'session', user }, context, 'account.password_set');
        await audit.append([{ ...entry, at: clock.now() }]);
        const began = await identity.createSession(user.id, clientOf({ request, context }));
        return signIn({ request, context }, began);
      },
    }),
  ];
}
