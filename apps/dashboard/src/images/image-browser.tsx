import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { ImageFilter, ListedImage } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import { Button, Spinner } from '../ui/button.js';
import { formatItems } from '../ui/format.js';
import { FailedNotice } from '../ui/notice.js';
import { LoadingArea, Skeleton } from '../ui/states.js';
import { FolderList } from './folders.js';
import { ImageGrid } from './image-grid.js';
import { usePendingDeletes } from './pending-deletes.js';
import { SelectionBar } from './selection-bar.js';
import { UndoBar } from './undo-bar.js';
import { useImages } from './use-images.js';
import { useSelection } from './use-selection.js';

export interface ImageBrowserProps {
  readonly project: string;
  /** The same object while the filter is the same. */
  readonly filter: ImageFilter;
  readonly heading: string;
  /** What the grid contains, for screen readers. */
  readonly label: string;
  /** Above the images, unless some are selected. */
  readonly toolbar: ReactNode;
  /** Shown if there is nothing to list. */
  readonly empty: ReactNode;
}

/** The images that match a filter, and the folders among them: opened, selected, changed and deleted. */
export function ImageBrowser({
  project,
  filter,
  heading: title,
  label,
  toolbar,
  empty,
}: ImageBrowserProps) {
  const list = useImages(project, filter);
  const { query, images: listed } = list;
  const deletes = usePendingDeletes(project);
  const images = useMemo(
    () =>
      deletes.hidden.size === 0 ? listed : listed.filter(({ key }) => !deletes.hidden.has(key)),
    [listed, deletes.hidden],
  );
  const pages = query.data?.pages;
  const folders = useMemo(
    () => [...new Set(pages?.flatMap((page) => page.folders))].sort(),
    [pages],
  );
  // Whoever may not change images selects none.
  const mayEdit = useMayEdit();
  const selection = useSelection(mayEdit ? images : NONE);

  // After the page of an image, the focus goes to that image, or to the heading if it is gone.
  const near = useLocation({ select: ({ state }) => state.near });
  const heading = useRef<HTMLHeadingElement>(null);
  const isNearMissing = near !== undefined && images.every(({ key }) => key !== near);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page opens
  useEffect(() => {
    if (isNearMissing) heading.current?.focus({ preventScroll: true });
  }, []);

  // Only this page shows the undo button, so leaving it ends the time to undo.
  useEffect(() => () => deletes.store.flush(), [deletes.store]);

  // A folder can have millions of folders: the person asks for more.
  const isFolder = filter.folder !== undefined;
  const { loadMore } = list;
  // If all loaded images are hidden or deleted, there is no grid to request more.
  const needsMore = !isFolder && query.isSuccess && images.length === 0 && query.hasNextPage;
  useEffect(() => {
    if (needsMore) loadMore();
  }, [needsMore, loadMore]);

  const remove = () => {
    deletes.store.add(selection.keys);
    selection.clear();
  };
  const count = images.length + folders.length;

  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-24 sm:px-6">
      <h1 ref={heading} tabIndex={-1} className="sr-only">
        {title}
      </h1>
      <div className="sticky top-14 z-10 -mx-2 mb-1 grid gap-2 bg-paper px-2 pt-3 pb-2">
        {selection.keys.size > 0 ? (
          <SelectionBar project={project} selection={selection} onDelete={remove} />
        ) : (
          toolbar
        )}
      </div>
      {deletes.waiting.size > 0 && <UndoBar waiting={deletes.waiting} store={deletes.store} />}
      {!query.error && (
        <FailedNotice error={list.refreshError} onRetry={list.retry} className="mb-3" />
      )}
      {query.isPending && <GridSkeleton />}
      {query.isSuccess && count === 0 && !query.hasNextPage && empty}
      {folders.length > 0 && <FolderList project={project} folders={folders} />}
      {images.length > 0 && (
        <ImageGrid
          project={project}
          images={images}
          filter={filter}
          label={label}
          startAt={near}
          selection={selection}
          hasMore={query.hasNextPage}
          onMore={isFolder ? ignore : list.loadMore}
          onVisible={list.onVisible}
          onDelete={remove}
          selectable={mayEdit}
        />
      )}
      <div className="grid justify-items-center gap-3 py-6 text-sm text-muted">
        <FailedNotice
          error={query.error}
          busy={query.isFetching}
          onRetry={() => (query.data ? query.fetchNextPage() : query.refetch())}
        />
        {isFolder && query.hasNextPage && !query.error && (
          <Button busy={query.isFetchingNextPage} onClick={loadMore}>
            Show more
          </Button>
        )}
        {!isFolder && query.isFetchingNextPage && (
          <p className="flex items-center gap-2">
            <Spinner />
            Loading…
          </p>
        )}
        {count > 0 && !query.hasNextPage && (
          <p className="tabular-nums">{totalOf(folders.length, images.length)}</p>
        )}
      </div>
    </div>
  );
}

const ignore = () => {};
const NONE: readonly ListedImage[] = [];

function totalOf(folders: number, images: number): string {
  if (folders === 0) return `${formatItems(images, 'image')} in total`;
  return `${formatItems(folders, 'folder')} and ${formatItems(images, 'image')}`;
}

const SKELETON_TILES = 18;

function GridSkeleton() {
  return (
    <LoadingArea className="grid-cols-[repeat(auto-fill,minmax(9.4rem,1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(12.25rem,1fr))]">
      {Array.from({ length: SKELETON_TILES }, (_, tile) => tile).map((tile) => (
        <div key={tile} className="grid gap-2 pb-3">
          <Skeleton className="aspect-square" />
          <Skeleton className="h-4 w-3/4" />
        </div>
      ))}
    </LoadingArea>
  );
}
