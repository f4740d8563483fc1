import {
  ApiError,
  defineRoute,
  everyone,
  givenName,
  iso,
  isoOrNull,
  type RequestContext,
  type Route,
  time,
  z,
} from '@auraimage/http';
import type { DeviceDecision, DevicePoll } from '@auraimage/ports';
import { type ErrorCode, encodeBase64url } from '@auraimage/protocol';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry, type Caller, CLI_TOKEN_PREFIX } from './access.js';
import { type Attempt, countAttempts, refundAttempts } from './credentials.js';

const DAY = 86_400_000;
/** Days until a token expires for which the approval names no other number. */
const DEFAULT_TOKEN_DAYS = 90;
const MAX_TOKEN_DAYS = 366;

const deviceCodeBody = z.strictObject({
  device_code: z.string().openapi({ description: 'From `/v1/auth/device/code`' }),
});

const userCodeBody = z.strictObject({
  userCode: z
    .string()
    .max(100)
    .openapi({ description: 'In any case, with or without the dash', example: 'ABCD-EFGH' }),
});

/** The error codes of the states in which there is no token (RFC 8628 §3.5). */
const NO_TOKEN = {
  pending: 'authorization_pending',
  slow_down: 'slow_down',
  denied: 'access_denied',
  expired: 'expired_token',
} as const satisfies Partial<Record<DevicePoll['status'], ErrorCode>>;

/**
 * The device authorization grant (RFC 8628): routes for the command line, with the RFC's member names, and for
 * the page on which a user approves the device.
 */
export function deviceRoutes(dependencies: ControlDependencies): Route[] {
  return [...commandLineRoutes(dependencies), ...pageRoutes(dependencies)];
}

function commandLineRoutes({ ports, options }: ControlDependencies): Route[] {
  const { identity, cliTokens, attempts } = ports;
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/code',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'requestDevice',
        tags: ['Command line'],
        summary: 'Request a device code',
        description:
          'Show `user_code` and open `verification_uri_complete`, then poll `/v1/auth/device/token` every `interval` seconds (RFC 8628).',
      },
      body: z.strictObject({ name: givenName }),
      errors: ['too_many_attempts'],
      success: {
        status: 200,
        schema: z.object({
          device_code: z.string(),
          user_code: z.string().openapi({ example: 'ABCD-EFGH' }),
          verification_uri: z.string(),
          verification_uri_complete: z.string(),
          expires_in: z.number().int().openapi({ description: 'Seconds', example: 600 }),
          interval: z.number().int().openapi({ description: 'Seconds', example: 5 }),
        }),
        description: 'The codes',
      },
      async handler({ body: { name }, context: { client } }) {
        await countAttempts(attempts, [['device_request_client', client]]);
        const request = await identity.requestDevice(name, client);
        const userCode = formatUserCode(request.userCode);
        const page = `${options.appUrl}/device`;
        return {
          device_code: request.deviceCode,
          user_code: userCode,
          verification_uri: page,
          verification_uri_complete: `${page}?code=${userCode}`,
          expires_in: request.expiresIn,
          interval: request.interval,
        };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/token',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'pollDevice',
        tags: ['Command line'],
        summary: 'Poll for the token',
        description:
          'Returns the token once, after approval. Until then the response is 400 with the `error` of RFC 8628 §3.5; `slow_down` includes the new `interval`.',
      },
      body: deviceCodeBody,
      errors: [...Object.values(NO_TOKEN), 'too_many_attempts'],
      success: {
        status: 200,
        schema: z.object({
          token: z.string().openapi({ example: `${CLI_TOKEN_PREFIX}…` }),
          email: z.string().openapi({ description: 'Email of the user who approved the device' }),
          expiresAt: time('When the token expires; `null`: never').nullable(),
        }),
        description: 'Approved',
      },
      async handler({ body: { device_code: deviceCode }, context }) {
        await countAttempts(attempts, [['device_poll_client', context.client]]);
        const poll = await identity.pollDevice(deviceCode);
        if (poll.status !== 'approved') {
          const error = NO_TOKEN[poll.status];
          const interval = poll.status === 'slow_down' ? { interval: poll.interval } : {};
          throw new ApiError(error, { fields: { error, ...interval } });
        }
        const { user, name, tokenExpiresAt: expiresAt, credentialResets } = poll;
        const random = crypto.getRandomValues(new Uint8Array(32));
        const token = CLI_TOKEN_PREFIX + encodeBase64url(random);
        const caller = { kind: 'session', user } as const;
        const entry = auditEntry(caller, context, 'cli_token.created', { target: name });
        const made = await cliTokens.create(
          { userId: user.id, name, token, expiresAt, credentialResets },
          entry,
        );
        // Since the approval, the user was removed or everything of the user was ended.
        if (made === null)
          throw new ApiError('expired_token', { fields: { error: 'expired_token' } });
        return { token, email: user.email, expiresAt: isoOrNull(expiresAt) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/cancel',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'cancelDevice',
        tags: ['Command line'],
        summary: 'Cancel a device request',
        description: 'Invalidates the code. The response for an unknown code is the same.',
      },
      body: deviceCodeBody,
      success: { status: 204, description: 'Cancelled' },
      handler: ({ body }) => identity.cancelDevice(body.device_code),
    }),
  ];
}

/**
 * A code that was approved, denied or has expired gets the same response as an unknown one. Wrong codes are
 * limited by user and by client.
 */
function pageRoutes({ access, ports }: ControlDependencies): Route[] {
  const { identity, attempts, audit, clock } = ports;
  const errors = ['device_code_not_found', 'too_many_attempts'] as const;

  /** Looks a code up and counts the attempt, unless the code is valid. */
  async function guess<Found>(
    caller: Caller,
    { client }: RequestContext,
    lookUp: () => Promise<Found | null | false>,
  ): Promise<Found> {
    const guesses: readonly Attempt[] = [
      ['device_guess_account', caller.user.id],
      ['device_guess_client', client],
    ];
    await countAttempts(attempts, guesses);
    const found = await lookUp();
    if (found === null || found === false) throw new ApiError('device_code_not_found');
    await refundAttempts(attempts, guesses);
    return found;
  }

  /** Decides, and writes it to the audit log. */
  async function decide(
    caller: Caller,
    context: RequestContext,
    userCode: string,
    decision: DeviceDecision,
  ): Promise<void> {
    const code = readUserCode(userCode);
    const { name, address } = await guess(caller, context, async () => {
      const device = await identity.findDevice(code);
      return (await identity.decideDevice(code, caller.user.id, decision)) && device;
    });
    const isDenied = decision === 'deny';
    const entry = auditEntry(caller, context, isDenied ? 'device.denied' : 'device.approved', {
      target: name,
      details: {
        deviceAddress: address,
        ...(!isDenied && { tokenExpiresAt: isoOrNull(decision.tokenExpiresAt) }),
      },
    });
    await audit.append([{ ...entry, at: clock.now() }]);
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/lookup',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'lookUpDevice',
        tags: ['Command line'],
        summary: 'Look up a device request',
      },
      body: userCodeBody,
      errors,
      success: {
        status: 200,
        schema: z.object({
          userCode: z.string().openapi({ example: 'ABCD-EFGH' }),
          name: z.string().openapi({ description: 'The name that the device sent; not verified' }),
          address: z.string().openapi({ description: 'Network address of the request' }),
          createdAt: time(),
          expiresAt: time(),
        }),
        description: 'The device',
      },
      async handler({ access: caller, body, context }) {
        const code = readUserCode(body.userCode);
        const device = await guess(caller, context, () => identity.findDevice(code));
        const { name, address, createdAt, expiresAt } = device;
        const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
        return { userCode: formatUserCode(code), name, address, ...times };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/approve',
      hosts: ['app'],
      access: access.session,
      doc: { operationId: 'approveDevice', tags: ['Command line'], summary: 'Approve a device' },
      body: userCodeBody.extend({
        expiresInDays: z
          .number()
          .int()
          .min(1)
          .max(MAX_TOKEN_DAYS)
          .nullable()
          .default(DEFAULT_TOKEN_DAYS)
          .openapi({ description: 'Days until the token expires; `null`: it does not' }),
      }),
      errors,
      success: { status: 204, description: 'Done' },
      async handler({ access: caller, body: { userCode, expiresInDays }, context }) {
        const tokenExpiresAt = expiresInDays === null ? null : clock.now() + expiresInDays * DAY;
        await decide(caller, context, userCode, { tokenExpiresAt });
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/device/deny',
      hosts: ['app'],
      access: access.session,
      doc: { operationId: 'denyDevice', tags: ['Command line'], summary: 'Deny a device' },
      body: userCodeBody,
      errors,
      success: { status: 204, description: 'Done' },
      handler: ({ access: caller, body, context }) =>
        decide(caller, context, body.userCode, 'deny'),
    }),
  ];
}

/** The code as users see it: two halves with a dash. */
function formatUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The code as it is stored, from user input with or without a dash, in any case. */
function readUserCode(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toUpperCase();
}
