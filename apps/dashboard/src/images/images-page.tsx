import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Visibility } from '../api/types.js';
import { useProjectName } from '../projects/use-project.js';
import { texts } from '../texts/index.js';
import { Button, Spinner } from '../ui/button.js';
import { formatCount } from '../ui/format.js';
import { useTitle } from '../ui/page.js';
import { EmptyState, FailedNotice } from '../ui/states.js';
import { GridSkeleton } from './grid-skeleton.js';
import { readSearch } from './image-facts.js';
import { ImageGrid } from './image-grid.js';
import { SelectionBar } from './selection-bar.js';
import { SigningProblem } from './signing-problem.js';
import { Toolbar } from './toolbar.js';
import { UndoBar } from './undo-bar.js';
import { useUploads } from './uploads.js';
import { useImages } from './use-images.js';
import { usePendingDeletes } from './use-pending-deletes.js';
import { useSelection } from './use-selection.js';

const TYPING_MS = 250;

/** The project's images, newest first. */
export function ImagesPage() {
  const words = texts.images;
  const project = useProjectName();
  useTitle(`${words.title} · ${project}`);
  const search = useSearch({ from: '/signed-in/app/dashboard/projects/$project/' });
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
  const wanted = readSearch(typed);

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
    if (wanted === null || wanted === (search.q ?? '')) return;
    const timer = setTimeout(() => void setFilter({ ...filter, q: wanted }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [wanted, search.q, filter, setFilter]);

  // Whoever comes back from an image goes on where it is, or was.
  const near = useLocation({ select: ({ state }) => state.near });
  const heading = useRef<HTMLHeadingElement>(null);
  const isNothingNear = near !== undefined && images.every(({ key }) => key !== near);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as the page opens, and never again
  useEffect(() => {
    if (isNothingNear) heading.current?.focus({ preventScroll: true });
  }, []);

  // What can be taken back is taken back here: elsewhere nobody would see that it can.
  useEffect(() => () => deletes.store.flush(), [deletes.store]);

  // Where all that is loaded is hidden or gone, there is no grid that could ask for more.
  const { loadMore } = list;
  const isBare = query.isSuccess && images.length === 0 && query.hasNextPage;
  useEffect(() => {
    if (isBare) loadMore();
  }, [isBare, loadMore]);

  const remove = () => {
    deletes.store.add(selection.keys);
    selection.clear();
  };
  const filtered = Boolean(filter.q || filter.visibility);
  const empty = query.isSuccess && images.length === 0 && !query.hasNextPage;

  return (
    <div className="mx-auto w-full max-w-7xl px-4 pb-24 sm:px-6">
      <h1 ref={heading} tabIndex={-1} className="sr-only">
        {words.title}
      </h1>
      <div className="sticky top-14 z-10 -mx-2 mb-1 grid gap-2 bg-paper px-2 pt-3 pb-2">
        {selection.keys.size > 0 ? (
          <SelectionBar project={project} selection={selection} onDelete={remove} />
        ) : (
          <Toolbar
            search={typed}
            searchProblem={wanted === null}
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
      <SigningProblem project={project} className="mb-3" />
      {query.isPending && <GridSkeleton />}
      {empty && filtered && (
        <EmptyState
          title={words.nothingFound.title}
          actions={
            <Button
              onClick={() => {
                setTyped('');
                void setFilter({});
              }}
            >
              {words.nothingFound.action}
            </Button>
          }
        >
          {words.nothingFound.text}
        </EmptyState>
      )}
      {empty && !filtered && (
        <EmptyState
          title={words.empty.title}
          actions={
            <Button variant="primary" onClick={uploads.pick}>
              {words.empty.action}
            </Button>
          }
        >
          {words.empty.text}
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
          onShown={list.onShown}
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
            {texts.common.loading}
          </p>
        )}
        {images.length > 0 && !query.hasNextPage && (
          <p className="tabular-nums">
            {images.length === 1 ? words.endOne : words.end(formatCount(images.length))}
          </p>
        )}
      </div>
    </div>
  );
}
