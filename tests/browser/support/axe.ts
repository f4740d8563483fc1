import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The rules whose outcome depends on the colours that are shown. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'] as const;

/** Violations that axe finds in the current page: rule, element and reason. */
export async function axeProblems(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(
    async (rules) => {
      const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
      const { violations } = await inPage.run({
        // Otherwise axe also describes every element that passes.
        resultTypes: ['violations'],
        ...(rules && { runOnly: { type: 'rule', values: rules } }),
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
      );
    },
    rules && [...rules],
  );
}
