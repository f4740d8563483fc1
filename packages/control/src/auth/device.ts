import type { DevicePoll } from '@auraimage/ports';
import { type ERRORS, encodeBase64url } from '@auraimage/protocol';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import { ControlError } from '../errors.js';
import { by } from '../http.js';
import { BODY_ERRORS, errors, givenName, json, jsonBody, noContent } from '../openapi.js';
import { countAttempts } from './attempts.js';
import { CLI_TOKEN_PREFIX } from './authenticate.js';
import type { AuthServices } from './services.js';
import { showUserCode } from './user-code.js';

const codeBody = z.strictObject({
  device_code: z.string().openapi({ description: 'From `/v1/auth/device/code`' }),
});

/** Of the states of RFC 8628 §3.5, those in which there is no token, by their error codes. */
const NO_TOKEN = {
  pending: 'authorization_pending',
  slow_down: 'slow_down',
  denied: 'access_denied',
  expired: 'expired_token',
} as const satisfies Partial<Record<DevicePoll['status'], keyof typeof ERRORS>>;

/** What a device calls that wants to be let in (RFC 8628), with the field names of that document. */
export function deviceRoutes(
  app: ControlApp,
  { ports: { identity, cliTokens, attempts, audit, clock }, options }: AuthServices,
): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/device/code',
      operationId: 'requestDevice',
      tags: ['Command line'],
      summary: 'Ask to be let in',
      description:
        'Show `user_code` and open `verification_uri_complete`, then ask `/v1/auth/device/token` every `interval` seconds (RFC 8628).',
      security: [],
      request: { body: jsonBody(z.strictObject({ name: givenName })) },
      responses: {
        200: json(
          z.object({
            device_code: z.string(),
            user_code: z.string().openapi({ example: 'ABCD-EFGH' }),
            verification_uri: z.string(),
            verification_uri_complete: z.string(),
            expires_in: z.number().int().openapi({ description: 'Seconds', example: 600 }),
            interval: z.number().int().openapi({ description: 'Seconds', example: 5 }),
          }),
          'The codes',
        ),
        ...errors(...BODY_ERRORS, 'too_many_attempts'),
      },
    }),
    async (c) => {
      const { name } = c.req.valid('json');
      await countAttempts(attempts, [['device_request_client', c.env.client]]);
      const request = await identity.requestDevice(name, c.env.client);
      const userCode = showUserCode(request.userCode);
      const page = `${options.appUrl}/device`;
      return c.json(
        {
          device_code: request.deviceCode,
          user_code: userCode,
          verification_uri: page,
          verification_uri_complete: `${page}?code=${userCode}`,
          expires_in: request.expiresIn,
          interval: request.interval,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/device/token',
      operationId: 'pollDevice',
      tags: ['Command line'],
      summary: 'Ask whether one was let in',
      description:
        'Gives the token once. Until then it answers 400 with the `error` of RFC 8628 §3.5, and with `slow_down` the new `interval`.',
      security: [],
      request: { body: jsonBody(codeBody) },
      responses: {
        200: json(
          z.object({
            token: z.string().openapi({ example: `${CLI_TOKEN_PREFIX}…` }),
            email: z.string().openapi({ description: 'Who let the device in' }),
          }),
          'Let in',
        ),
        ...errors(...BODY_ERRORS, ...Object.values(NO_TOKEN), 'too_many_attempts'),
      },
    }),
    async (c) => {
      const { device_code: deviceCode } = c.req.valid('json');
      await countAttempts(attempts, [['device_poll_client', c.env.client]]);
      const poll = await identity.pollDevice(deviceCode);
      if (poll.status !== 'approved') {
        const error = NO_TOKEN[poll.status];
        const interval = poll.status === 'slow_down' ? { interval: poll.interval } : {};
        throw new ControlError(error, { fields: { error, ...interval } });
      }
      const { user, name } = poll;
      const random = crypto.getRandomValues(new Uint8Array(32));
      const token = CLI_TOKEN_PREFIX + encodeBase64url(random);
      await cliTokens.create({ userId: user.id, name, token });
      const entry = by({ kind: 'session', user }, c, 'cli_token.created', { target: name });
      await audit.append([{ ...entry, at: clock.now() }]);
      return c.json({ token, email: user.email }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/auth/device/cancel',
      operationId: 'cancelDevice',
      tags: ['Command line'],
      summary: 'Give up asking',
      description: 'The code ends. The answer is the same for a code that nobody has.',
      security: [],
      request: { body: jsonBody(codeBody) },
      responses: { 204: noContent('Cancelled'), ...errors(...BODY_ERRORS) },
    }),
    async (c) => {
      await identity.cancelDevice(c.req.valid('json').device_code);
      return c.body(null, 204);
    },
  );
}
