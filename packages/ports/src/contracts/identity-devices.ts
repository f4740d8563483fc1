import { beforeEach, describe, expect, it } from 'vitest';
import type { Identity, NewDeviceRequest, User } from '../index.js';

interface DeviceSetup {
  readonly identity: Identity;
  readonly other: Identity;
  pass(seconds: number): void;
  makeUser(): Promise<User>;
}

/** The part of the suite of {@link Identity} that is about devices. */
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
    const decide = (userId: string, verdict: 'approve' | 'deny', by = identity) =>
      by.decideDevice(request.userCode, userId, verdict);

    it('get a code to keep and a code to read out', async () => {
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

    it('wait, and are let in once', async () => {
      const user = await setup.makeUser();
      expect(await poll()).toEqual({ status: 'pending' });
      expect(await decide(user.id, 'approve')).toBe(true);
      expect(await identity.findDevice(request.userCode)).toBeNull();
      setup.pass(5);
      expect(await poll(other)).toEqual({ status: 'approved', user, name: 'laptop' });
      setup.pass(5);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('are let in once, however many ask at the same time', async () => {
      await decide((await setup.makeUser()).id, 'approve');
      const polls = await Promise.all([poll(), poll(other), poll(), poll(other)]);
      expect(polls.filter(({ status }) => status === 'approved')).toHaveLength(1);
    });

    it('begin no session', async () => {
      const user = await setup.makeUser();
      await decide(user.id, 'approve');
      await poll();
      expect(await identity.listSessions(user.id)).toEqual([]);
    });

    it('are told that they were denied', async () => {
      const { id } = await setup.makeUser();
      expect(await decide(id, 'deny', other)).toBe(true);
      expect(await decide(id, 'approve')).toBe(false);
      expect(await poll()).toEqual({ status: 'denied' });
      setup.pass(5);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('are approved or denied, never both', async () => {
      const { id } = await setup.makeUser();
      const verdicts = await Promise.all([
        decide(id, 'approve'),
        decide(id, 'deny', other),
        decide(id, 'approve', other),
      ]);
      expect(verdicts.filter(Boolean)).toHaveLength(1);
    });

    it('have to slow down when they ask too often, by 5 seconds each time', async () => {
      await poll();
      expect(await poll()).toEqual({ status: 'slow_down', interval: 10 });
      setup.pass(9);
      expect(await poll(other)).toEqual({ status: 'slow_down', interval: 15 });
      setup.pass(15);
      expect(await poll()).toEqual({ status: 'pending' });
    });

    it('are forgotten after ten minutes', async () => {
      const { id } = await setup.makeUser();
      setup.pass(601);
      expect(await identity.findDevice(request.userCode)).toBeNull();
      expect(await decide(id, 'approve')).toBe(false);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('that were let in too late get nothing', async () => {
      await decide((await setup.makeUser()).id, 'approve');
      setup.pass(601);
      expect(await poll()).toEqual({ status: 'expired' });
    });

    it('may give up', async () => {
      await identity.cancelDevice(request.deviceCode);
      await identity.cancelDevice('unknown');
      expect(await other.findDevice(request.userCode)).toBeNull();
      expect(await poll()).toEqual({ status: 'expired' });
    });
  });
}
