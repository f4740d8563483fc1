import { type RefObject, useLayoutEffect } from 'react';

/** The ancestors of an element, nearest first. Call it while the element is still in the document. */
export function ancestorsOf(element: Element | null): readonly Element[] {
  const ancestors: Element[] = [];
  for (let one = element?.parentElement; one; one = one.parentElement) ancestors.push(one);
  return ancestors;
}

/**
 * Moves the focus after the focused element was removed: to the grid's current image, or to the heading
 * of the nearest section or page. Otherwise the browser would start again at the top of the document.
 */
export function restoreFocus(ancestors: readonly Element[]): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  // What is in the dock belongs to the page above it.
  const page = document.querySelector('main');
  for (const ancestor of page ? [...ancestors, page] : ancestors) {
    if (!ancestor.isConnected || !ancestor.matches('section, main')) continue;
    const current = ancestor.querySelector<HTMLElement>('[role="grid"] a[tabindex="0"]');
    const heading = ancestor.querySelector<HTMLElement>('h1, h2');
    if (current) {
      // It may be far outside the viewport.
      current.focus({ preventScroll: true });
      return;
    }
    if (heading) {
      heading.tabIndex = -1;
      heading.focus();
      return;
    }
  }
}

/** Restores the focus when the element of `ref` is removed while the focus is inside it. */
export function useRestoreFocus(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (!element?.contains(document.activeElement)) return;
      const ancestors = ancestorsOf(element);
      const parent = element.parentElement;
      const container = parent?.closest('.dock') ?? parent?.closest('section') ?? parent;
      queueMicrotask(() => {
        // If the container is gone too, the person left the page.
        if (container?.isConnected) restoreFocus(ancestors);
      });
    };
  }, [ref]);
}
