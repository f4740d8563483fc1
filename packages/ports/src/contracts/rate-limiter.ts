import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RateLimiter } from '../index.js';

/** A fresh limiter: nothing has been counted. */
export interface RateLimiterSetup {
  readonly limiter: RateLimiter;
  /** Lets so many seconds go by. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What the limiter under test has to allow. */
export interface RateLimiterRates {
  readonly perClient: number;
  readonly perProject: number;
  /** Both count uploads in so many seconds. */
  readonly seconds: number;
}

/** Low enough to be reached, the two apart enough to tell which one was. */
const RATES: RateLimiterRates = { perClient: 3, perProject: 5, seconds: 60 };

/** The suite of {@link RateLimiter}: declares its tests against what `setUp` makes for each. */
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

    const take = (client: string, project = 'my-app') => setup.limiter.take(client, project);
    const takeTimes = async (times: number, client: string, project?: string) => {
      for (let i = 0; i < times; i++) expect(await take(client, project)).toBe(0);
    };

    it('lets a client go on up to its rate, then tells the whole seconds to wait', async () => {
      await takeTimes(RATES.perClient, 'a');
      const wait = await take('a');
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(RATES.seconds);
    });

    it('lets the client go on after the wait that it told', async () => {
      await takeTimes(RATES.perClient, 'a');
      await setup.pass(await take('a'));
      expect(await take('a')).toBe(0);
    });

    it('counts every client on its own', async () => {
      await takeTimes(RATES.perClient, 'a', 'one');
      expect(await take('a', 'one')).not.toBe(0);
      await takeTimes(RATES.perClient, 'b', 'two');
    });

    it('counts a client over all projects', async () => {
      await takeTimes(RATES.perClient - 1, 'a', 'one');
      await takeTimes(1, 'a', 'two');
      expect(await take('a', 'three')).not.toBe(0);
    });

    it('counts a project over all clients, and every project on its own', async () => {
      for (let i = 0; i < RATES.perProject; i++) await takeTimes(1, `client ${i}`, 'busy');
      expect(await take('another', 'busy')).toBeGreaterThanOrEqual(1);
      await takeTimes(1, 'yet another', 'quiet');
    });

    it('does not charge the project for what the client may not do', async () => {
      await takeTimes(RATES.perClient, 'a');
      for (let i = 0; i < 10; i++) expect(await take('a')).not.toBe(0);
      await takeTimes(RATES.perProject - RATES.perClient, 'b');
    });

    it('does not count one upload too few when many come at once', async () => {
      const waits = await Promise.all(Array.from({ length: 20 }, () => take('a')));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(RATES.perClient);
    });

    it('takes any text for a client or project', async () => {
      for (const text of ['', '::1', '__proto__', 'a'.repeat(1000), 'a:b', 'é\0']) {
        expect(await take(text, text)).toBe(0);
      }
    });
  });
}
