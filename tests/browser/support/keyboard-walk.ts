import type { Page } from 'playwright-core';

/**
 * Presses Tab from the start of the page to its end. Returns the controls that did not get the focus, and those that do
 * not show it.
 */
export async function walk(page: Page, name: string): Promise<string[]> {
  const controls = await page.evaluate(() => {
    const isShown = (element: HTMLElement) => element.tabIndex >= 0 && element.checkVisibility();
    const isStop = (element: HTMLElement) =>
      // Of radio buttons with the same name, one is a stop.
      !(element instanceof HTMLInputElement && element.type === 'radio' && !element.checked) &&
      !element.matches(':disabled, [hidden]');
    const all = document.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, summary, [tabindex]',
    );
    const missing = new Set([...all].filter((one) => isShown(one) && isStop(one)));
    const unseen: HTMLElement[] = [];
    const hasOutline = (element: Element | null, pseudo?: string) =>
      element !== null && getComputedStyle(element, pseudo).outlineStyle !== 'none';
    const onFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      missing.delete(target);
      // It passes the focus on to its chosen button.
      if (target.matches('[role="radiogroup"]')) return;
      const shows =
        hasOutline(target) || hasOutline(target, '::after') || hasOutline(target.closest('label'));
      if (!shows) unseen.push(target);
    };
    document.addEventListener('focusin', onFocus);
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.collapse(document.body, 0);
    const text = (element: HTMLElement) => element.outerHTML.slice(0, 120);
    Object.assign(globalThis, {
      endWalk: () => {
        document.removeEventListener('focusin', onFocus);
        const reached = [...missing].filter((one) => one.isConnected).map(text);
        return [
          ...reached.map((one) => `no focus: ${one}`),
          ...unseen.map((one) => `not shown: ${text(one)}`),
        ];
      },
    });
    return missing.size;
  });
  // At once, so that no key waits for the answer to the one before.
  await Promise.all(Array.from({ length: controls + 3 }, () => page.keyboard.press('Tab')));
  const found = await page.evaluate(() =>
    (globalThis as unknown as { endWalk: () => string[] }).endWalk(),
  );
  return found.map((problem) => `${name}: ${problem}`);
}
