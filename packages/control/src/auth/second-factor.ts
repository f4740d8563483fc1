import { ApiError, defineRoute, Reply, type Route, z } from '@auraimage/http';
import { networkOf, type RefusedCode, type User } from '@auraimage/ports';
import type { ErrorCode } from '@auraimage/protocol';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry, type Caller } from './access.js';
import { createKnownBrowserCookie, createPendingCookie } from './cookie.js';
import {
  type Attempt,
  countAttempts,
  passwordField,
  refundAttempts,
  refundingFailures,
} from './credentials.js';
import { clientOf, createStartSession, type Exchange, meBody } from './sign-in.js';

const code = z.string().max(100).openapi({
  description: 'Six digits of the authenticator app, or a backup code in any spelling',
  example: '123456',
});

const backupCodes = z.array(z.string()).openapi({
  description: 'Each works once, instead of a code of the app. They are in no other response.',
});

const REFUSED = {
  wrong_code: 'second_factor_wrong',
  locked: 'second_factor_locked',
} as const satisfies Record<RefusedCode, ErrorCode>;

const CODES = {
  ...REFUSED,
  wrong_password: 'password_wrong',
  off: 'second_factor_off',
} as const satisfies Record<string, ErrorCode>;

const ATTEMPT_ERRORS = ['too_many_attempts', 'sign_in_busy'] as const;

/** The second factor: codes of an authenticator app (TOTP, RFC 6238) and backup codes. */
export function secondFactorRoutes(dependencies: ControlDependencies): Route[] {
  return [...signInStep(dependencies), ...ownRoutes(dependencies)];
}

function signInStep(dependencies: ControlDependencies): Route[] {
  const { access, ports, options, signInFailures } = dependencies;
  const { identity, attempts } = ports;
  const pending = createPendingCookie(options.appUrl);
  const knownBrowsers = createKnownBrowserCookie(options.appUrl);
  const startSession = createStartSession(dependencies);

  /**
   * Whoever gets here knows the password. A browser in which the user has signed in has a limit of its own, so that
   * they cannot lock the user out of it.
   */
  async function attemptOf({ id, email }: User, exchange: Exchange): Promise<readonly Attempt[]> {
    const texts = knownBrowsers.read(exchange.request.headers.get('cookie'));
    const known = texts.length === 0 ? null : await identity.findKnownBrowser(email, texts);
    if (known !== null) return [['second_factor_browser', known]];
    return [
      ['second_factor_network', networkOf(exchange.context.client, 48)],
      ['second_factor_user', id],
    ];
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-in/second-factor',
      hosts: ['app'],
      access: access.ownPages,
      doc: {
        operationId: 'confirmSignIn',
        tags: ['Sign-in'],
        summary: 'Sign in: the second step',
        description:
          'Starts the session of a sign-in whose response had `next: "second_factor"`, within ten minutes and in the same browser. Attempts are limited by user and by network. After a hundred wrong codes in a row, only a backup code works.',
      },
      body: z.strictObject({ code }),
      errors: ['sign_in_expired', ...Object.values(REFUSED), 'too_many_attempts'],
      success: { status: 200, schema: meBody, description: 'Signed in' },
      async handler({ body, request, context }) {
        // Two different values: another page of the domain has set one, and the server cannot tell which.
        const [token = '', ...others] = pending.read(request.headers.get('cookie'));
        const user = others.length > 0 ? null : await identity.findPendingSignIn(token);
        if (user === null) throw new ApiError('sign_in_expired');
        const attempt = await attemptOf(user, { request, context });
        await countAttempts(attempts, attempt);
        const outcome = await refundingFailures(attempts, attempt, () =>
          identity.confirmSignIn(token, body.code, clientOf({ request, context })),
        );
        if (outcome === null) throw new ApiError('sign_in_expired');
        if (typeof outcome === 'string') {
          signInFailures.note(user.email, context.client, 'second');
          throw new ApiError(REFUSED[outcome]);
        }
        await refundAttempts(attempts, attempt);
        const { by, ...session } = outcome;
        const exchange = { request, context };
        const details = { secondFactor: by };
        const reply = await startSession(exchange, session, 'account.signed_in', details);
        return new Reply(reply.value, [...reply.cookies, pending.clear()]);
      },
    }),
  ];
}

/** What users do with their own second factor. Sessions only: a CLI token is not enough to change it. */
function ownRoutes({ access, ports, options }: ControlDependencies): Route[] {
  const { identity, attempts, audit, clock } = ports;
  const issuer = `AuraImage ${new URL(options.appUrl).host}`;

  /** Counts an attempt at the password, and at the code where one is needed, unless they are right. */
  async function guess<T>(
    { user }: Caller,
    work: () => Promise<T | keyof typeof CODES>,
  ): Promise<Exclude<T, keyof typeof CODES>> {
    const attempt: Attempt = ['password_change', user.id];
    await countAttempts(attempts, [attempt]);
    const outcome = await refundingFailures(attempts, [attempt], work);
    if (isRefusal(outcome)) throw new ApiError(CODES[outcome]);
    await attempts.reset('password_change', user.id);
    return outcome as Exclude<T, keyof typeof CODES>;
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/second-factor',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'prepareSecondFactor',
        tags: ['Sign-in'],
        summary: 'Prepare the second factor',
        description:
          'Makes the secret for an authenticator app, which replaces an earlier one that was not confirmed. It is valid for an hour. `/v1/auth/me/second-factor/enable` turns it on.',
      },
      body: z.strictObject({ password: passwordField }),
      errors: ['password_wrong', 'second_factor_on', ...ATTEMPT_ERRORS],
      success: {
        status: 200,
        schema: z.object({
          secret: z.string().openapi({ description: 'In base32, for typing' }),
          uri: z.string().openapi({ description: 'For a QR code', example: 'otpauth://totp/…' }),
        }),
        description: 'The secret, which is in no other response',
      },
      async handler({ access: caller, body: { password } }) {
        const made = await guess(caller, () =>
          identity.prepareSecondFactor(caller.user.id, password, issuer),
        );
        if (made === 'already_on') throw new ApiError('second_factor_on');
        return { ...made };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/second-factor/enable',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'enableSecondFactor',
        tags: ['Sign-in'],
        summary: 'Turn the second factor on',
        description: 'Ends every other session of the user.',
      },
      body: z.strictObject({ code }),
      errors: ['second_factor_wrong', 'second_factor_unprepared', 'too_many_attempts'],
      success: { status: 200, schema: z.object({ backupCodes }), description: 'It is on' },
      async handler({ access: caller, body, context }) {
        const { user, credentialId } = caller;
        const attempt: Attempt = ['second_factor_user', user.id];
        await countAttempts(attempts, [attempt]);
        const codes = await identity.enableSecondFactor(user.id, body.code, credentialId);
        if (codes === 'wrong_code') throw new ApiError('second_factor_wrong');
        if (codes === 'not_prepared') throw new ApiError('second_factor_unprepared');
        await refundAttempts(attempts, [attempt]);
        const entry = auditEntry(caller, context, 'account.second_factor_enabled');
        await audit.append([{ ...entry, at: clock.now() }]);
        return { backupCodes: [...codes] };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/second-factor/backup-codes',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'renewBackupCodes',
        tags: ['Sign-in'],
        summary: 'Replace the backup codes',
        description: 'The earlier ones end.',
      },
      body: z.strictObject({ password: passwordField, code }),
      errors: [...Object.values(CODES), ...ATTEMPT_ERRORS],
      success: { status: 200, schema: z.object({ backupCodes }), description: 'The new ones' },
      async handler({ access: caller, body, context }) {
        const codes = await guess(caller, () =>
          identity.renewBackupCodes(caller.user.id, body.password, body.code),
        );
        const entry = auditEntry(caller, context, 'account.backup_codes_renewed');
        await audit.append([{ ...entry, at: clock.now() }]);
        return { backupCodes: [...codes] };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/second-factor/disable',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'disableSecondFactor',
        tags: ['Sign-in'],
        summary: 'Turn the second factor off',
      },
      body: z.strictObject({ password: passwordField, code }),
      errors: [...Object.values(CODES), ...ATTEMPT_ERRORS],
      success: { status: 204, description: 'It is off' },
      async handler({ access: caller, body, context }) {
        await guess(caller, () =>
          identity.disableSecondFactor(caller.user.id, body.password, body.code),
        );
        const entry = auditEntry(caller, context, 'account.second_factor_disabled');
        await audit.append([{ ...entry, at: clock.now() }]);
      },
    }),
  ];
}

function isRefusal(outcome: unknown): outcome is keyof typeof CODES {
  return typeof outcome === 'string' && Object.hasOwn(CODES, outcome);
}
