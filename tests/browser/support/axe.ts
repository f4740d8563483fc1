import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The small form: each new document gets it anew. */
const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules whose outcome depends on the colours that are shown. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'] as const;

/** By default all rules. */
export interface AxeRules {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
}

/** All rules in light. The dark theme changes nothing but colours. */
export function rulesIn(scheme: 'light' | 'dark'): AxeRules {
  return scheme === 'light' ? {} : { only: COLOUR_RULES };
}

/** Violations that axe finds in the current page, or in its open dialog, which hides the rest: rule, element and reason. */
export async function axeProblems(
  page: Page,
  { only, without = [] }: AxeRules = {},
): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(SOURCE);
  return page.evaluate(
    async ({ only, without }) => {
      const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
      const { violations } = await inPage.run(document.querySelector('dialog:modal') ?? document, {
        // Otherwise axe also describes every element that passes.
        resultTypes: ['violations'],
        ...(only && { runOnly: { type: 'rule', values: only } }),
        rules: {
          // Off by default: targets of at least 24 pixels, or with as much space around them.
          ...(only ? {} : { 'target-size': { enabled: true } }),
          ...Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
        },
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
      );
    },
    { only: only && [...only], without: [...without] },
  );
}
