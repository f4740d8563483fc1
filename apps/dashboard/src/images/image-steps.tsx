import { Link, useNavigate } from '@tanstack/react-router';
import { useLayoutEffect } from 'react';
import type { ImageFilter } from '../api/images.js';
import { texts } from '../texts/index.js';
import { buttonClass } from '../ui/button.js';
import { ChevronRightIcon } from '../ui/icons.js';

/** What has a use of its own for the arrow keys. */
const TAKES_ARROWS = 'input, select, textarea, pre, dialog, [role^="menu"], [role="radio"]';
const DIRECTIONS = ['previous', 'next'] as const;
const KEYS = { previous: 'ArrowLeft', next: 'ArrowRight' } as const;

/** The way to the images beside one: links, and the arrow keys. */
export function ImageSteps({
  project,
  filter,
  ...keys
}: {
  readonly project: string;
  readonly filter: ImageFilter;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}) {
  const words = texts.image.steps;
  const { previous, next } = keys;
  const navigate = useNavigate();
  // Not after the picture has been painted: who sees the image may press a key.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target, defaultPrevented, altKey, ctrlKey, metaKey, shiftKey } = event;
      if (defaultPrevented || altKey || ctrlKey || metaKey || shiftKey) return;
      if (target instanceof Element && target.closest(TAKES_ARROWS)) return;
      const wanted = { [KEYS.previous]: previous, [KEYS.next]: next }[key];
      if (wanted === undefined) return;
      event.preventDefault();
      void navigate({ ...pageOf(project, wanted, filter), replace: true });
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [previous, next, project, filter, navigate]);
  return (
    <nav aria-label={words.title} className="flex gap-1">
      {DIRECTIONS.map((direction) => (
        <Link
          key={direction}
          {...pageOf(project, keys[direction] ?? '', filter)}
          // In the place of this one: Back leads to the grid, however many were looked at.
          replace
          disabled={keys[direction] === undefined}
          // One that has the focus keeps it where the list ends.
          tabIndex={keys[direction] === undefined ? -1 : 0}
          aria-label={words[direction]}
          aria-keyshortcuts={KEYS[direction]}
          title={words[direction]}
          className={`${buttonClass('secondary', 'sm')} px-1.5 aria-disabled:text-muted aria-disabled:opacity-50`}
        >
          <ChevronRightIcon className={direction === 'previous' ? 'size-4 rotate-180' : 'size-4'} />
        </Link>
      ))}
    </nav>
  );
}

const pageOf = (project: string, key: string, search: ImageFilter) => ({
  to: '/dashboard/projects/$project/images/$key' as const,
  params: { project, key },
  search,
  resetScroll: false,
});
