import { kyselyAdapter } from '@better-auth/kysely-adapter';
import type { BetterAuthOptions } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { betterAuth } from 'better-auth/minimal';
import {
  type DeviceAuthorizationGrant,
  deviceAuthorization,
  redeemDeviceCode,
} from 'better-auth/plugins/device-authorization';
import type { Kysely } from 'kysely';
import * as z from 'zod';
import { withHashedFields } from './hashed-fields.js';

/** Lifetime of an unused session in seconds: 30 days. */
export const SESSION_SECONDS = 30 * 86_400;
/** Lifetime of a device request in seconds. */
export const DEVICE_SECONDS = 600;
/** Least seconds between two polls of a device. */
export const DEVICE_INTERVAL = 5;

/** The only client id of the device grant. The name of a device is a field of its own. */
const CLIENT_ID = 'aura';

export interface AuthOptions {
  readonly secret: string;
  readonly database: 'sqlite' | 'postgres';
}

/**
 * better-auth on the tables of records-sql. Its HTTP handler is never mounted: it sets no cookies and
 * answers no requests. Its functions are called directly.
 */
export function createAuth<Tables>(kysely: Kysely<Tables>, { secret, database }: AuthOptions) {
  return betterAuth({
    // Unused, but without it better-auth reads the environment.
    baseURL: 'http://localhost',
    secret,
    database: (options: BetterAuthOptions) =>
      withHashedFields(kyselyAdapter(kysely, { type: database, transaction: true })(options)),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    // The check would require the OAuth columns.
    advanced: { database: { validateSchema: false } },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 12,
      maxPasswordLength: 128,
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: {
        accountId: { type: 'string', required: true, fieldName: 'account_id', input: false },
        role: { type: 'string', required: true, input: false },
        lastSeenAt: { type: 'number', required: false, fieldName: 'last_seen_at', input: false },
        credentialResets: {
          type: 'number',
          required: true,
          fieldName: 'credential_resets',
          defaultValue: 0,
          input: false,
        },
      },
    },
    account: {
      modelName: 'credentials',
      fields: {
        accountId: 'subject',
        providerId: 'provider',
        userId: 'user_id',
        password: 'password_hash',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      modelName: 'sessions',
      expiresIn: SESSION_SECONDS,
      fields: {
        token: 'token_hash',
        userId: 'user_id',
        ipAddress: 'address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        expiresAt: 'expires_at',
      },
    },
    plugins: [devices(), redemption()],
  });
}

export type Auth = ReturnType<typeof createAuth>;

const deviceFields = z.object({ name: z.string(), address: z.string() });

/** Stores the name and address of a device. Blocks better-auth's own endpoint, which creates a session. */
const grant: DeviceAuthorizationGrant = {
  requestSchemaFields: deviceFields.shape,
  deviceCodeSchemaFields: {
    name: { type: 'string', required: true },
    address: { type: 'string', required: true },
    tokenExpiresAt: { type: 'number', required: false, fieldName: 'token_expires_at' },
  },
  authorizeRequest: ({ request }) => ({
    clientId: CLIENT_ID,
    deviceCodeFields: deviceFields.parse(request),
  }),
  assertSessionRedemption: () => {
    throw new Error('a device receives a command line token, never a session');
  },
  getVerificationContext: () => undefined,
};

/** RFC 8628. The user code is 8 of better-auth's 32 characters, without I, O, 0 and 1. */
function devices() {
  return deviceAuthorization<typeof grant>({
    expiresIn: `${DEVICE_SECONDS}s`,
    interval: `${DEVICE_INTERVAL}s`,
    userCodeLength: 8,
    schema: {
      deviceCode: {
        modelName: 'device_requests',
        fields: {
          deviceCode: 'device_code_hash',
          userCode: 'user_code',
          userId: 'user_id',
          clientId: 'client_id',
          pollingInterval: 'polling_interval',
          lastPolledAt: 'last_polled_at',
          expiresAt: 'expires_at',
        },
      },
    },
    grant,
  });
}

/** A type alias, because better-auth accepts no interface. */
type Claimed = { readonly name: string; readonly tokenExpiresAt: number | null };

/** Redeems an approved device code once, by better-auth's function, without creating a session. */
function redemption() {
  const redeemDevice = createAuthEndpoint(
    '/device/redeem',
    { method: 'POST', body: z.object({ deviceCode: z.string() }), metadata: { SERVER_ONLY: true } },
    async (ctx) => {
      const { claimedDeviceCode, user } = await redeemDeviceCode<Claimed, void, void>({
        ctx,
        deviceCode: ctx.body.deviceCode,
        authorizeRedemption: () => ({
          ownershipWhere: { field: 'clientId', value: CLIENT_ID },
          context: undefined,
        }),
        prepareRedemption: () => undefined,
      });
      const { name, tokenExpiresAt } = claimedDeviceCode;
      return { userId: user.id, name, tokenExpiresAt };
    },
  );
  return { id: 'device-redemption', endpoints: { redeemDevice } };
}
