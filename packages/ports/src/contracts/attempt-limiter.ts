import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptLimiter } from '../index.js';

/** A fresh limiter: nothing has been counted. */
export interface AttemptLimiterSetup {
  readonly limiter: AttemptLimiter;
  /** Lets so many seconds go by. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What the limiter under test has to allow of every kind. */
export interface AttemptLimit {
  readonly points: number;
  readonly seconds: number;
}

const LIMIT: AttemptLimit = { points: 3, seconds: 60 };

/** The suite of {@link AttemptLimiter}: declares its tests against what `setUp` makes for each. */
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

    const take = (who: string) => limiter.take('sign_in_email', who);
    const useUp = async (who: string) => {
      for (let i = 0; i < LIMIT.points; i++) expect(await take(who)).toBe(0);
    };

    it('allows so many, then tells the whole seconds to wait', async () => {
      await useUp('ada');
      const wait = await take('ada');
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(LIMIT.seconds);
      await setup.pass(wait);
      expect(await take('ada')).toBe(0);
    });

    it('does not put off the end of the wait for those who try on', async () => {
      await useUp('ada');
      const wait = await take('ada');
      for (let i = 0; i < 20; i++) await take('ada');
      await setup.pass(wait);
      expect(await take('ada')).toBe(0);
    });

    it('counts everybody and every kind apart', async () => {
      await useUp('ada');
      await useUp('eve');
      expect(await limiter.take('password_change', 'ada')).toBe(0);
      expect(await take('ada')).not.toBe(0);
    });

    it('lets no more through when many come at once', async () => {
      const waits = await Promise.all(Array.from({ length: 20 }, () => take('ada')));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(LIMIT.points);
    });

    it('takes back one attempt at a time', async () => {
      await useUp('ada');
      await limiter.giveBack('sign_in_email', 'ada');
      expect(await take('ada')).toBe(0);
      expect(await take('ada')).not.toBe(0);
    });

    it('gains nobody attempts that they did not make', async () => {
      for (let i = 0; i < 5; i++) await limiter.giveBack('sign_in_email', 'ada');
      await useUp('ada');
      expect(await take('ada')).not.toBe(0);
    });

    it('forgets those who are who they say', async () => {
      await useUp('ada');
      await useUp('eve');
      await limiter.reset('sign_in_email', 'ada');
      await useUp('ada');
      expect(await take('eve')).not.toBe(0);
      await limiter.reset('sign_in_email', 'nobody');
    });

    it('takes any text', async () => {
      for (const who of ['', '::1', '__proto__', 'a'.repeat(10_000), 'a:b', 'é\0']) {
        expect(await take(who)).toBe(0);
      }
    });

    it('counts a network of IPv6 as one client, and addresses of IPv4 each', async () => {
      const waits = async (...clients: readonly string[]) => {
        const each: boolean[] = [];
        for (const who of clients) each.push((await limiter.take('sign_in_client', who)) > 0);
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
