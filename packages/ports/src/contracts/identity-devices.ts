import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceDecision, Identity, NewDeviceRequest, User } from '../index.js';

const APPROVE = { tokenExpiresAt: null };

interface DeviceSetup {
  readonly identity: Identity;
  readonly other: Identity;
  advance(seconds: number): void;
  makeUser(): Promise<User>;
}

/** The part of the `Identity` suite about devices. */
export function describeDevices(current: () => DeviceSetup): void {
  describe('devices', () => {
    let setup: DeviceSetup;
    let identity: Identity;
    let other: Identity;
    let request: NewDeviceRequest;
    beforeEach(async () => {
      setup = current();
      ({ identity, other } = setup);
      request = await identity.requestDevice('laptop', '203.0.113.7');
    });
    const poll = (from = identity) => from.pollDevice(request.deviceCode);
    const decide = (userId: string, decision: DeviceDecision, by = identity) =>
      by.decideDevice(request.userCode, userId, decision);

    it('get a device code and a user code', async () => {
      expect(request.userCode).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
      expect(request.deviceCode.length).toBeGreaterThanOrEqual(32);
      expect(request).toMatchObject({ expiresIn: 600, interval: 5 });
      const found = await other.findDevice(request.userCode);
      expect(found).toMatchObject({ name: 'laptop', address: '203.0.113.7' });
      expect(found?.createdAt).toBeGreaterThan(Date.now() - 60_000);
      expect((found?.expiresAt ?? 0) - (found?.createdAt ?? 0)).toBe(600_000);
    });

    it('are not found by any other code', async () => {
      for (const code of ['', 'AAAAAAAA', request.deviceCode, "' OR 1=1 --", '%']) {
        expect(await identity.findDevice(code), code).toBeNull();
        expect(await identity.decideDevice(code, 'nobody', 'deny'), code).toBe(false);
        if (code === request.deviceCode) continue;
        expect(await identity.pollDevice(code), code).toEqual({ status: 'expired' });
      }
      expect(await identity.pollDevice(request.userCode)).toEqual({ status: 'expired' });
    });

    it('wait, and are approved once', async () => {
      const user = await setup.makeUser();
      expect(await poll()).toEqual({ status: 'pending' });
      expect(await decide(user.id, APPROVE)).toBe(true);
      expect(await identity.findDevice(request.userCode)).toBeNull();
      setup.advance(5);
      const approved = { status: 'approved', user, name: 'laptop', tokenExpiresAt: null };
      expect(await poll(other)).toEqual({ ...approved, credentialResets: 0 });
      setup.advance(5);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('get the expiry that was chosen, and how often everything of the user was ended', async () => {
      const user = await setup.makeUser();
      await identity.resetPassword(user.email);
      const tokenExpiresAt = Date.now() + 90 * 86_400_000;
      await decide(user.id, { tokenExpiresAt });
      expect(await poll(other)).toMatchObject({ tokenExpiresAt, credentialResets: 1 });
    });

    it('are approved once, of several concurrent polls', async () => {
      await decide((await setup.makeUser()).id, APPROVE);
      const polls = await Promise.all([poll(), poll(other), poll(), poll(other)]);
      expect(polls.filter(({ status }) => status === 'approved')).toHaveLength(1);
    });

    it('start no session', async () => {
      const user = await setup.makeUser();
      await decide(user.id, APPROVE);
      await poll();
      expect(await identity.listSessions(user.id)).toEqual([]);
    });

    it('see that they were denied', async () => {
      const { id } = await setup.makeUser();
      expect(await decide(id, 'deny', other)).toBe(true);
      expect(await decide(id, APPROVE)).toBe(false);
      expect(await poll()).toEqual({ status: 'denied' });
      setup.advance(5);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('are approved or denied, never both', async () => {
      const { id } = await setup.makeUser();
      const decisions = await Promise.all([
        decide(id, APPROVE),
        decide(id, 'deny', other),
        decide(id, APPROVE, other),
      ]);
      expect(decisions.filter(Boolean)).toHaveLength(1);
    });

    it('have to slow down by 5 seconds each time that they poll too often', async () => {
      await poll();
      expect(await poll()).toEqual({ status: 'slow_down', interval: 10 });
      setup.advance(9);
      expect(await poll(other)).toEqual({ status: 'slow_down', interval: 15 });
      setup.advance(15);
      expect(await poll()).toEqual({ status: 'pending' });
    });

    it('expire after ten minutes', async () => {
      const { id } = await setup.makeUser();
      setup.advance(601);
      expect(await identity.findDevice(request.userCode)).toBeNull();
      expect(await decide(id, APPROVE)).toBe(false);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('expire also after an approval', async () => {
      await decide((await setup.makeUser()).id, APPROVE);
      setup.advance(601);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('can be cancelled', async () => {
      await identity.cancelDevice(request.deviceCode);
      await identity.cancelDevice('unknown');
      expect(await other.findDevice(request.userCode)).toBeNull();
      expect(await poll()).toEqual({ status: 'expired' });
    });
  });
}
