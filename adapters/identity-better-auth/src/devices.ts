import type { DevicePoll, DeviceRequest, Identity, User } from '@auraimage/ports';
import { isAPIError } from 'better-auth/api';
import { type Auth, DEVICE_INTERVAL, DEVICE_SECONDS } from './auth.js';
import type { UserRow } from './users.js';

/** Added to the interval of a device that polls too often (RFC 8628 §3.5), in milliseconds. */
const SLOW_DOWN_MS = 5000;

interface DeviceRow {
  readonly userId: string | null;
  readonly name: string;
  readonly address: string;
  readonly expiresAt: Date;
  readonly pollingInterval: number;
}

export type Devices = Pick<
  Identity,
  'requestDevice' | 'findDevice' | 'decideDevice' | 'pollDevice' | 'cancelDevice'
>;

export async function createDevices(
  { $context, api }: Auth,
  findUser: (id: string) => Promise<User | null>,
): Promise<Devices> {
  const { adapter } = await $context;
  const model = 'deviceCode';

  return {
    async requestDevice(name, address) {
      const expired = [{ field: 'expiresAt', operator: 'lte' as const, value: new Date() }];
      await adapter.deleteMany({ model, where: expired });
      const made = await api.deviceCode({ body: { name, address } });
      return {
        deviceCode: made.device_code,
        userCode: made.user_code,
        expiresIn: made.expires_in,
        interval: made.interval,
      };
    },

    async findDevice(userCode) {
      const row = await adapter.findOne<DeviceRow>({ model, where: isPending(userCode) });
      return row && requestOf(row);
    },

    // better-auth's own endpoints would let a concurrent approval and denial both succeed.
    async decideDevice(userCode, userId, decision) {
      const set =
        decision === 'deny'
          ? { status: 'denied', userId }
          : { status: 'approved', userId, tokenExpiresAt: decision.tokenExpiresAt };
      const where = isPending(userCode);
      return (await adapter.incrementOne({ model, where, increment: {}, set })) !== null;
    },

    async pollDevice(deviceCode) {
      // Before the approval is redeemed: whoever ends all credentials of the user later changes it.
      const credentialResets = await credentialResetsOf(deviceCode);
      try {
        const { userId, ...device } = await api.redeemDevice({ body: { deviceCode } });
        const user = await findUser(userId);
        if (user === null || credentialResets === null) return { status: 'expired' };
        return { status: 'approved', user, ...device, credentialResets };
      } catch (error) {
        const poll = failedPollOf(error);
        return poll === 'slow_down' ? slowDown(deviceCode) : poll;
      }
    },

    async cancelDevice(deviceCode) {
      await adapter.deleteMany({ model, where: [{ field: 'deviceCode', value: deviceCode }] });
    },
  };

  async function credentialResetsOf(deviceCode: string): Promise<number | null> {
    const where = [
      { field: 'deviceCode', value: deviceCode },
      { field: 'status', value: 'approved' },
    ];
    const row = await adapter.findOne<DeviceRow>({ model, where });
    const ofUser = [{ field: 'id', value: row?.userId ?? '' }];
    const user = row && (await adapter.findOne<UserRow>({ model: 'user', where: ofUser }));
    return user?.credentialResets ?? null;
  }

  async function slowDown(deviceCode: string): Promise<DevicePoll> {
    const row = await adapter.incrementOne<DeviceRow>({
      model,
      where: [{ field: 'deviceCode', value: deviceCode }],
      increment: { pollingInterval: SLOW_DOWN_MS },
      set: { lastPolledAt: new Date() },
    });
    const interval = row === null ? DEVICE_INTERVAL : row.pollingInterval / 1000;
    return { status: 'slow_down', interval };
  }
}

function isPending(userCode: string) {
  return [
    { field: 'userCode', value: userCode },
    { field: 'status', value: 'pending' },
    { field: 'expiresAt', operator: 'gt' as const, value: new Date() },
  ];
}

function requestOf({ name, address, expiresAt }: DeviceRow): DeviceRequest {
  const end = expiresAt.getTime();
  return { name, address, createdAt: end - DEVICE_SECONDS * 1000, expiresAt: end };
}

/** An unknown code counts as expired. */
function failedPollOf(error: unknown): Exclude<DevicePoll, { status: 'approved' }> | 'slow_down' {
  if (!isAPIError(error)) throw error;
  switch (error.body?.['error']) {
    case 'authorization_pending':
      return { status: 'pending' };
    case 'access_denied':
      return { status: 'denied' };
    case 'slow_down':
      return 'slow_down';
    case 'expired_token':
    case 'invalid_grant':
      return { status: 'expired' };
    default:
      throw error;
  }
}
