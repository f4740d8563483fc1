import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EncodeBudget } from '../index.js';

/** A fresh budget: nothing has been spent. */
export interface EncodeBudgetSetup {
  readonly budget: EncodeBudget;
  /** Lets so many seconds go by. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What the budget under test gives each project. */
const SECONDS_PER_MINUTE = 10;

/** The suite of {@link EncodeBudget}: declares its tests against what `setUp` makes for each. */
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

    const expectWait = async (project: string) => {
      const wait = await budget.wait(project);
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(60);
      return wait;
    };

    it('lets a project go on until its time is spent, then tells the whole seconds', async () => {
      expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 9000);
      expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 999.5);
      await budget.spend('my-app', 0.5);
      await expectWait('my-app');
    });

    it('lets the project go on after the wait that it told', async () => {
      await budget.spend('my-app', 10_000);
      await setup.pass(await expectWait('my-app'));
      expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 9000);
      expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 1000);
      await expectWait('my-app');
    });

    it('may be overdrawn by what was under way', async () => {
      await budget.spend('my-app', 9999);
      await budget.spend('my-app', 60_000);
      await expectWait('my-app');
    });

    it('takes back what was spent in advance and not used', async () => {
      await budget.spend('my-app', 10_000);
      await expectWait('my-app');
      await budget.spend('my-app', -1000);
      expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 1000);
      await expectWait('my-app');
    });

    it('takes nothing off by asking', async () => {
      for (let i = 0; i < 100; i++) expect(await budget.wait('my-app')).toBe(0);
      await budget.spend('my-app', 9000);
      for (let i = 0; i < 100; i++) expect(await budget.wait('my-app')).toBe(0);
    });

    it('counts what is spent at once, every project on its own', async () => {
      await Promise.all(Array.from({ length: 20 }, () => budget.spend('busy', 499)));
      expect(await budget.wait('busy')).toBe(0);
      await budget.spend('busy', 20);
      await expectWait('busy');
      expect(await budget.wait('quiet')).toBe(0);
    });

    it('takes any text for a project', async () => {
      for (const text of ['', '__proto__', 'a'.repeat(1000), 'a:b', 'é\0']) {
        expect(await budget.wait(text)).toBe(0);
        await budget.spend(text, 10_000);
        await expectWait(text);
      }
    });
  });
}
