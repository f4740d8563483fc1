import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptLimiter, EncodeBudget, EncodeWork, RateLimiter } from '../index.js';

/** A limiter without counts. */
interface AttemptLimiterSetup {
  readonly limiter: AttemptLimiter;
  /** Advances the clock. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Limit that the limiter under test must have for every kind. */
interface AttemptLimit {
  readonly points: number;
  readonly seconds: number;
}

const LIMIT: AttemptLimit = { points: 3, seconds: 60 };

/** Declares the suite of {@link AttemptLimiter}. Every test gets its own `setUp`. */
export function describeAttemptLimiter(
  name: string,
  setUp: (limit: AttemptLimit) => Promise<AttemptLimiterSetup>,
): void {
  describe(`${name} as AttemptLimiter`, () => {
    let setup: AttemptLimiterSetup;
    let limiter: AttemptLimiter;
    beforeEach(async () => {
      setup = await setUp(LIMIT);
      limiter = setup.limiter;
    });
    afterEach(() => setup.close());

    const consume = (subject: string) => limiter.consume('sign_in_email', subject);
    const useUp = async (subject: string) => {
      for (let i = 0; i < LIMIT.points; i++) expect(await consume(subject)).toBe(0);
    };

    it('allows attempts up to the limit, then gives the whole seconds to wait', async () => {
      await useUp('ada');
      const wait = await consume('ada');
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(LIMIT.seconds);
      await setup.advance(wait);
      expect(await consume('ada')).toBe(0);
    });

    it('does not prolong the wait when refused attempts continue', async () => {
      await useUp('ada');
      const wait = await consume('ada');
      for (let i = 0; i < 20; i++) await consume('ada');
      await setup.advance(wait);
      expect(await consume('ada')).toBe(0);
    });

    it('counts each subject and each kind separately', async () => {
      await useUp('ada');
      await useUp('eve');
      expect(await limiter.consume('password_change', 'ada')).toBe(0);
      expect(await consume('ada')).not.toBe(0);
    });

    it('enforces the limit on concurrent attempts', async () => {
      const waits = await Promise.all(Array.from({ length: 20 }, () => consume('ada')));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(LIMIT.points);
    });

    it('refunds one attempt at a time', async () => {
      await useUp('ada');
      await limiter.refund('sign_in_email', 'ada');
      expect(await consume('ada')).toBe(0);
      expect(await consume('ada')).not.toBe(0);
    });

    it('never refunds more than was counted', async () => {
      for (let i = 0; i < 5; i++) await limiter.refund('sign_in_email', 'ada');
      await useUp('ada');
      expect(await consume('ada')).not.toBe(0);
    });

    it('forgets the attempts of a subject after a reset', async () => {
      await useUp('ada');
      await useUp('eve');
      await limiter.reset('sign_in_email', 'ada');
      await useUp('ada');
      expect(await consume('eve')).not.toBe(0);
      await limiter.reset('sign_in_email', 'nobody');
    });

    it('accepts any text', async () => {
      for (const subject of ['', '::1', '__proto__', 'a'.repeat(10_000), 'a:b', 'é\0']) {
        expect(await consume(subject)).toBe(0);
      }
    });

    it('counts an IPv6 /64 network as one client, and each IPv4 address separately', async () => {
      const waits = async (...clients: readonly string[]) => {
        const each: boolean[] = [];
        for (const subject of clients)
          each.push((await limiter.consume('invitation_client', subject)) > 0);
        return each;
      };
      const one = [
        '2001:db8:1:2::1',
        '2001:db8:1:2:ffff::9',
        '2001:0DB8:1:2::a:1',
        '2001:db8:1:2::',
      ];
      expect(await waits(...one)).toEqual([false, false, false, true]);
      expect(await waits('2001:db8:1:3::1', '::1')).toEqual([false, false]);
      const mapped = ['::ffff:192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1'];
      expect(await waits(...mapped)).toEqual([false, false, false, true]);
      expect(await waits('::ffff:192.0.2.2', '192.0.2.3', 'unknown')).toEqual([
        false,
        false,
        false,
      ]);
    });
  });
}

/** A limiter without counts. */
interface RateLimiterSetup {
  readonly limiter: RateLimiter;
  /** Advances the clock. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Rates that the limiter under test must have. */
interface RateLimiterRates {
  readonly perClient: number;
  readonly perProject: number;
  /** Length of both windows. */
  readonly seconds: number;
}

/** Low enough to reach, and different, so that a test can tell which one was reached. */
const RATES: RateLimiterRates = { perClient: 3, perProject: 5, seconds: 60 };

/** Declares the suite of {@link RateLimiter}. Every test gets its own `setUp`. */
export function describeRateLimiter(
  name: string,
  setUp: (rates: RateLimiterRates) => Promise<RateLimiterSetup>,
): void {
  describe(`${name} as RateLimiter`, () => {
    let setup: RateLimiterSetup;
    beforeEach(async () => {
      setup = await setUp(RATES);
    });
    afterEach(() => setup.close());

    const consume = (client: string | null, project = 'my-app') =>
      setup.limiter.consume(client, project);
    const takeTimes = async (times: number, client: string, project?: string) => {
      for (let i = 0; i < times; i++) expect(await consume(client, project)).toBe(0);
    };

    it('allows a client up to its rate, then gives the whole seconds to wait', async () => {
      await takeTimes(RATES.perClient, 'a');
      const wait = await consume('a');
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(RATES.seconds);
    });

    it('allows the client again after that wait', async () => {
      await takeTimes(RATES.perClient, 'a');
      await setup.advance(await consume('a'));
      expect(await consume('a')).toBe(0);
    });

    it('counts each client separately', async () => {
      await takeTimes(RATES.perClient, 'a', 'one');
      expect(await consume('a', 'one')).not.toBe(0);
      await takeTimes(RATES.perClient, 'b', 'two');
    });

    it('counts a client across all projects', async () => {
      await takeTimes(RATES.perClient - 1, 'a', 'one');
      await takeTimes(1, 'a', 'two');
      expect(await consume('a', 'three')).not.toBe(0);
    });

    it('counts a project across all clients, and each project separately', async () => {
      for (let i = 0; i < RATES.perProject; i++) await takeTimes(1, `client ${i}`, 'busy');
      expect(await consume('another', 'busy')).toBeGreaterThanOrEqual(1);
      await takeTimes(1, 'yet another', 'quiet');
    });

    it('counts an upload without a client for its project only', async () => {
      for (let i = 0; i < RATES.perProject; i++) expect(await consume(null, 'busy')).toBe(0);
      expect(await consume(null, 'busy')).toBeGreaterThanOrEqual(1);
      expect(await consume(null, 'quiet')).toBe(0);
      await takeTimes(RATES.perClient, 'a', 'quiet');
    });

    it('does not charge the project for refused uploads of a client', async () => {
      await takeTimes(RATES.perClient, 'a');
      for (let i = 0; i < 10; i++) expect(await consume('a')).not.toBe(0);
      await takeTimes(RATES.perProject - RATES.perClient, 'b');
    });

    it('counts every one of many concurrent uploads', async () => {
      const waits = await Promise.all(Array.from({ length: 20 }, () => consume('a')));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(RATES.perClient);
    });

    it('accepts any text for a client or project', async () => {
      for (const text of ['', '::1', '__proto__', 'a'.repeat(1000), 'a:b', 'é\0']) {
        expect(await consume(text, text)).toBe(0);
      }
    });
  });
}

/** A budget of which nothing is spent. */
interface EncodeBudgetSetup {
  readonly budget: EncodeBudget;
  /** Advances the clock. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Budget of each project. */
const SECONDS_PER_MINUTE = 10;

/** Declares the suite of {@link EncodeBudget}. Every test gets its own `setUp`. */
export function describeEncodeBudget(
  name: string,
  setUp: (secondsPerMinute: number) => Promise<EncodeBudgetSetup>,
): void {
  describe(`${name} as EncodeBudget`, () => {
    let setup: EncodeBudgetSetup;
    let budget: EncodeBudget;
    beforeEach(async () => {
      setup = await setUp(SECONDS_PER_MINUTE);
      budget = setup.budget;
    });
    afterEach(() => setup.close());

    /** Work that counts for the project alone. */
    const ofProject = (project: string): EncodeWork => ({ project, signed: true });
    const waitOf = async (work: EncodeWork) => (await budget.check(work))?.retryAfterSeconds ?? 0;
    const expectWait = async (work: EncodeWork) => {
      const wait = await waitOf(work);
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(60);
      return wait;
    };

    it('allows encodes until the budget is spent, then gives the whole seconds to wait', async () => {
      expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 9000);
      expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 999.5);
      await budget.spend(ofProject('my-app'), 0.5);
      await expectWait(ofProject('my-app'));
    });

    it('allows encodes again after that wait', async () => {
      await budget.spend(ofProject('my-app'), 10_000);
      await setup.advance(await expectWait(ofProject('my-app')));
      expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 9000);
      expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 1000);
      await expectWait(ofProject('my-app'));
    });

    it('may be overdrawn by encodes in flight', async () => {
      await budget.spend(ofProject('my-app'), 9999);
      await budget.spend(ofProject('my-app'), 60_000);
      await expectWait(ofProject('my-app'));
    });

    it('refunds what was charged in advance and not used', async () => {
      await budget.spend(ofProject('my-app'), 10_000);
      await expectWait(ofProject('my-app'));
      await budget.spend(ofProject('my-app'), -1000);
      expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 1000);
      await expectWait(ofProject('my-app'));
    });

    it('charges nothing for asking', async () => {
      for (let i = 0; i < 100; i++) expect(await waitOf(ofProject('my-app'))).toBe(0);
      await budget.spend(ofProject('my-app'), 9000);
      for (let i = 0; i < 100; i++) expect(await waitOf(ofProject('my-app'))).toBe(0);
    });

    it('counts concurrent charges, each project separately', async () => {
      await Promise.all(Array.from({ length: 20 }, () => budget.spend(ofProject('busy'), 499)));
      expect(await waitOf(ofProject('busy'))).toBe(0);
      await budget.spend(ofProject('busy'), 20);
      await expectWait(ofProject('busy'));
      expect(await waitOf(ofProject('quiet'))).toBe(0);
    });

    it('lets no client, no image and no unsigned work use up the budget alone', async () => {
      const work = { project: 'my-app', client: '192.0.2.1', image: 'one', signed: false };
      const others = {
        client: { ...work, client: '192.0.2.2', image: 'two', signed: true },
        image: { ...work, client: '192.0.2.3', image: 'three', signed: true },
        unsigned: { ...work, client: '192.0.2.4', image: 'four', signed: true },
      };
      await budget.spend(work, 5000);
      expect((await budget.check({ ...work, image: 'two' }))?.bound).toBe('client');
      expect((await budget.check({ ...work, client: '192.0.2.2' }))?.bound).toBe('image');
      expect(await budget.check(others.client)).toBeNull();
      expect(await budget.check({ ...others.client, signed: false })).toBeNull();
      await budget.spend({ ...others.client, signed: false }, 3000);
      expect((await budget.check({ ...others.image, signed: false }))?.bound).toBe('unsigned');
      expect(await budget.check(others.image)).toBeNull();
      await budget.spend(others.unsigned, 2000);
      expect((await budget.check(others.image))?.bound).toBe('project');
      expect(await budget.check({ ...work, project: 'other', image: 'five' })).toBeNull();
      await setup.advance(60);
      expect(await budget.check(work)).toBeNull();
    });

    it('accepts any text for a project, a client and an image', async () => {
      for (const text of ['', '__proto__', 'a'.repeat(1000), 'a:b', 'é\0']) {
        const work = { project: text, client: text, image: text, signed: false };
        expect(await budget.check(work)).toBeNull();
        await budget.spend(work, 10_000);
        await expectWait(work);
      }
    });
  });
}
