import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronLeftIcon, ChevronRightIcon } from 'lucide-react';
import { useEffect, useLayoutEffect, useMemo } from 'react';
import { type ImageFilter, imagesQuery } from '../api/images.js';
import { buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { usePendingDeletes } from './pending-deletes.js';

/** Number of images before the end of the loaded list at which the next page is fetched. */
const PREFETCH = 3;

/** The images before and after one, in the list that it was opened from. */
export function useNeighbours(project: string, filter: ImageFilter, key: string) {
  const list = useInfiniteQuery(imagesQuery(project, filter));
  const { hidden } = usePendingDeletes(project);
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = list;
  const keys = useMemo(
    () => data?.pages.flatMap(({ images }) => images.map((image) => image.key)) ?? [],
    [data],
  );
  const index = keys.indexOf(key);
  const isNearEnd = index >= 0 && index >= keys.length - PREFETCH;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetching && !isError)
      void fetchNextPage({ cancelRefetch: false });
  }, [isNearEnd, hasNextPage, isFetching, isError, fetchNextPage]);
  const isVisible = (one: string) => !hidden.has(one);
  return {
    previous: index < 0 ? undefined : keys.slice(0, index).findLast(isVisible),
    next: index < 0 ? undefined : keys.slice(index + 1).find(isVisible),
    error: list.error,
    retry: () => (data ? fetchNextPage() : list.refetch()),
  };
}

/** Elements that handle the arrow keys themselves. */
const USES_ARROWS = 'input, select, textarea, pre, dialog, [role^="menu"], [role="radio"]';

const STEPS = [
  { direction: 'previous', label: 'Previous image', shortcut: 'ArrowLeft', Icon: ChevronLeftIcon },
  { direction: 'next', label: 'Next image', shortcut: 'ArrowRight', Icon: ChevronRightIcon },
] as const;

/** Links to the previous and next image, also by the arrow keys. */
export function ImageSteps({
  project,
  filter,
  previous,
  next,
}: {
  readonly project: string;
  readonly filter: ImageFilter;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}) {
  const keys = { previous, next };
  const navigate = useNavigate();
  // A layout effect, so that the keys work as soon as the image is painted.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target, defaultPrevented, altKey, ctrlKey, metaKey, shiftKey } = event;
      if (defaultPrevented || altKey || ctrlKey || metaKey || shiftKey) return;
      if (target instanceof Element && target.closest(USES_ARROWS)) return;
      const wanted = { ArrowLeft: previous, ArrowRight: next }[key];
      if (wanted === undefined) return;
      event.preventDefault();
      void navigate({ ...pageOf(project, wanted, filter), replace: true });
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [previous, next, project, filter, navigate]);
  return (
    <nav aria-label="Other images" className="flex gap-1">
      {STEPS.map(({ direction, label, shortcut, Icon }) => (
        <Link
          key={direction}
          {...pageOf(project, keys[direction] ?? '', filter)}
          // Replaces the history entry: Back leads to the grid, however many images were viewed.
          replace
          disabled={keys[direction] === undefined}
          // At the end of the list, a focused link keeps the focus.
          tabIndex={keys[direction] === undefined ? -1 : 0}
          aria-label={label}
          aria-keyshortcuts={shortcut}
          title={label}
          className={cn(
            buttonVariants({ size: 'icon' }),
            'aria-disabled:text-muted aria-disabled:opacity-50',
          )}
        >
          <Icon />
        </Link>
      ))}
    </nav>
  );
}

const pageOf = (project: string, key: string, search: ImageFilter) => ({
  to: '/dashboard/projects/$project/images/$' as const,
  params: { project, _splat: key },
  search,
  resetScroll: false,
});
