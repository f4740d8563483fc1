import { type RefObject, useLayoutEffect } from 'react';

/** The elements around one, nearest first. To be read while it is still in the document. */
export function placesAround(element: Element | null): readonly Element[] {
  const places: Element[] = [];
  for (let place = element?.parentElement; place; place = place.parentElement) places.push(place);
  return places;
}

/**
 * Where what had the focus is gone, the focus goes on nearby rather than to the document's start:
 * to the grid's current image, or to the heading of the section or page that it was in.
 */
export function focusNear(places: readonly Element[]): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  for (const place of places) {
    if (!place.isConnected || !place.matches('section, main')) continue;
    const current = place.querySelector<HTMLElement>('[role="grid"] a[tabindex="0"]');
    const heading = place.querySelector<HTMLElement>('h1, h2');
    if (current) {
      // It may be far from what the window shows.
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

/** For something that may vanish while the focus is in it: see `focusNear`. */
export function useFocusLeft(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (!element?.contains(document.activeElement)) return;
      const places = placesAround(element);
      const around = element.closest('section') ?? element.parentElement;
      queueMicrotask(() => {
        // Otherwise the whole page was left.
        if (around?.isConnected) focusNear(places);
      });
    };
  }, [ref]);
}
