import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { hasCode } from '../api/errors.js';
import { type ImageFilter, imageQuery } from '../api/images.js';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { buttonClass } from '../ui/button.js';
import { useTitle } from '../ui/page.js';
import { EmptyState, FailedNotice, Loaded, Skeleton } from '../ui/states.js';
import { Facts } from './facts.js';
import { DeleteSection, VisibilitySection } from './image-actions.js';
import { givenName } from './image-facts.js';
import { listedImage } from './image-lists.js';
import { ImageSteps } from './image-steps.js';
import { LargeView } from './large-view.js';
import { Playground } from './playground.js';
import { SignedLink } from './signed-link.js';
import { SigningProblem } from './signing-problem.js';
import { useNeighbours } from './use-neighbours.js';
import { usePendingDeletes } from './use-pending-deletes.js';

/** Everything about one image. */
export function ImagePage() {
  const { project, key } = useParams({
    from: '/signed-in/app/dashboard/projects/$project/images/$key',
  });
  const filter = useSearch({ from: '/signed-in/app/dashboard/projects/$project/images/$key' });
  useTitle(`${givenName(key)} · ${project}`);
  const { previous, next, error, retry } = useNeighbours(project, filter, key);
  const queryClient = useQueryClient();
  const query = useQuery({
    ...imageQuery(project, key),
    // What the grid knows is shown at once, and asked for again.
    placeholderData: () => listedImage(queryClient, project, key),
  });
  const words = texts.image;
  const isGone = hasCode(query.error, 'image_not_found');
  return (
    <div className="mx-auto grid w-full max-w-7xl gap-5 px-4 pt-4 pb-16 sm:px-6">
      <div className="flex items-center justify-between gap-4">
        <Link
          to="/dashboard/projects/$project"
          params={{ project }}
          search={filter}
          state={{ near: key }}
          resetScroll={false}
          className={`${buttonClass('quiet', 'sm')} -ml-2.5`}
        >
          <span aria-hidden="true">←</span> {words.back}
        </Link>
        <ImageSteps project={project} filter={filter} previous={previous} next={next} />
      </div>
      {!query.error && <FailedNotice error={error} onRetry={retry} />}
      <SigningProblem project={project} />
      {isGone ? (
        <>
          <h1 className="sr-only">{givenName(key)}</h1>
          <EmptyState title={words.gone.title}>{words.gone.text}</EmptyState>
        </>
      ) : (
        <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
          {(image) => (
            <Content
              key={image.key}
              project={project}
              image={image}
              filter={filter}
              beside={next ?? previous ?? ''}
            />
          )}
        </Loaded>
      )}
    </div>
  );
}

function Content({
  project,
  image,
  filter,
  beside,
}: {
  readonly project: string;
  readonly image: Image;
  readonly filter: ImageFilter;
  /** The key of the image that takes its place in the grid. */
  readonly beside: string;
}) {
  const navigate = useNavigate();
  const { store } = usePendingDeletes(project);
  const remove = async () => {
    // The grid shows how to take it back.
    await navigate({
      to: '/dashboard/projects/$project',
      params: { project },
      search: filter,
      state: { near: beside },
      resetScroll: false,
    });
    store.add([image.key]);
  };
  return (
    <article className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <h1 className="text-xl leading-tight break-words lg:col-span-2">{givenName(image.key)}</h1>
      <LargeView project={project} image={image} />
      <div className="grid content-start gap-6">
        <VisibilitySection project={project} image={image} />
        <SignedLink project={project} image={image} />
        <Facts image={image} />
      </div>
      <Playground project={project} image={image} />
      <DeleteSection onDelete={remove} />
    </article>
  );
}
