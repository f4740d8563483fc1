import { createFileRoute, useLocation, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Visibility } from '../api/types.js';
import { ImageGrid } from '../images/image-grid.js';
import { parseImageFilter, parseSearch } from '../images/image-names.js';
import { usePendingDeletes } from '../images/pending-deletes.js';
import { SelectionBar } from '../images/selection-bar.js';
import { Toolbar } from '../images/toolbar.js';
import { UndoBar } from '../images/undo-bar.js';
import { useUploads } from '../images/uploads.js';
import { useImages } from '../images/use-images.js';
import { useSelection } from '../images/use-selection.js';
import { Button, Spinner } from '../ui/button.js';
import { formatItems } from '../ui/format.js';
import { FailedNotice } from '../ui/notice.js';
import { useTitle } from '../ui/page.js';
import { EmptyState, LoadingArea, Skeleton } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/')({
  validateSearch: parseImageFilter,
  component: ImagesPage,
});

const DEBOUNCE_MS = 250;

/** The images of a project, newest first. */
function ImagesPage() {
  const { project } = Route.useParams();
  const search = Route.useSearch();
  useTitle(`Images · ${project}`);
  const navigate = useNavigate();
  const uploads = useUploads();
  const filter = useMemo(
    () => ({ q: search.q, visibility: search.visibility }),
    [search.q, search.visibility],
  );
  const list = useImages(project, filter);
  const { query, images: listed } = list;
  const deletes = usePendingDeletes(project);
  const images = useMemo(
    () =>
      deletes.hidden.size === 0 ? listed : listed.filter(({ key }) => !deletes.hidden.has(key)),
    [listed, deletes.hidden],
  );
  const selection = useSelection(images);
  const [typed, setTyped] = useState(search.q ?? '');
  const q = parseSearch(typed);

  const setFilter = useCallback(
    (next: { q?: string | undefined; visibility?: Visibility | undefined }) =>
      navigate({
        to: '/dashboard/projects/$project',
        params: { project },
        search: {
          ...(next.q ? { q: next.q } : {}),
          ...(next.visibility ? { visibility: next.visibility } : {}),
        },
        replace: true,
      }),
    [navigate, project],
  );
  useEffect(() => {
    if (q === null || q === (search.q ?? '')) return;
    const timer = setTimeout(() => void setFilter({ ...filter, q }), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [q, search.q, filter, setFilter]);

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

  // If all loaded images are hidden or deleted, there is no grid to request more.
  const { loadMore } = list;
  const needsMore = query.isSuccess && images.length === 0 && query.hasNextPage;
  useEffect(() => {
    if (needsMore) loadMore();
  }, [needsMore, loadMore]);

  const remove = () => {
    deletes.store.add(selection.keys);
    selection.clear();
  };
  const isFiltered = Boolean(filter.q || filter.visibility);
  const isEmpty = query.isSuccess && images.length === 0 && !query.hasNextPage;

  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-24 sm:px-6">
      <h1 ref={heading} tabIndex={-1} className="sr-only">
        Images
      </h1>
      <div className="sticky top-14 z-10 -mx-2 mb-1 grid gap-2 bg-paper px-2 pt-3 pb-2">
        {selection.keys.size > 0 ? (
          <SelectionBar project={project} selection={selection} onDelete={remove} />
        ) : (
          <Toolbar
            search={typed}
            isSearchInvalid={q === null}
            onSearch={setTyped}
            visibility={filter.visibility}
            onVisibility={(visibility) => void setFilter({ ...filter, visibility })}
            onUpload={uploads.pick}
          />
        )}
        {deletes.waiting.size > 0 && <UndoBar waiting={deletes.waiting} store={deletes.store} />}
      </div>
      {!query.error && (
        <FailedNotice error={list.refreshError} onRetry={list.retry} className="mb-3" />
      )}
      {query.isPending && <GridSkeleton />}
      {isEmpty && isFiltered && (
        <EmptyState
          title="No images found"
          actions={
            <Button
              onClick={() => {
                setTyped('');
                void setFilter({});
              }}
            >
              Show all images
            </Button>
          }
        >
          No image of this project matches the search and filter.
        </EmptyState>
      )}
      {isEmpty && !isFiltered && (
        <EmptyState
          title="No images yet"
          actions={
            <Button variant="primary" onClick={uploads.pick}>
              Choose images
            </Button>
          }
        >
          Drop images anywhere on this page, paste one, or choose files. You choose for each upload
          whether it is private or public.
        </EmptyState>
      )}
      {images.length > 0 && (
        <ImageGrid
          project={project}
          images={images}
          filter={filter}
          startAt={near}
          selection={selection}
          hasMore={query.hasNextPage}
          onMore={list.loadMore}
          onVisible={list.onVisible}
          onDelete={remove}
        />
      )}
      <div className="grid justify-items-center gap-3 py-6 text-sm text-muted">
        <FailedNotice
          error={query.error}
          busy={query.isFetching}
          onRetry={() => (query.data ? query.fetchNextPage() : query.refetch())}
        />
        {query.isFetchingNextPage && (
          <p className="flex items-center gap-2">
            <Spinner />
            Loading…
          </p>
        )}
        {images.length > 0 && !query.hasNextPage && (
          <p className="tabular-nums">{formatItems(images.length, 'image')} in total</p>
        )}
      </div>
    </div>
  );
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
