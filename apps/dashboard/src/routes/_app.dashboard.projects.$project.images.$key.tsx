import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createFileRoute, Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeftIcon, Trash2Icon } from 'lucide-react';
import { hasCode } from '../api/errors.js';
import { type ImageFilter, imageQuery, openUrl } from '../api/images.js';
import type { Image } from '../api/types.js';
import { ImageFacts } from '../images/image-facts.js';
import { listedImage } from '../images/image-lists.js';
import { givenName, parseImageFilter } from '../images/image-names.js';
import { ImageSteps, useNeighbours } from '../images/image-steps.js';
import { usePendingDeletes } from '../images/pending-deletes.js';
import { Picture } from '../images/picture.js';
import { Playground } from '../images/playground.js';
import { SignedLink } from '../images/signed-link.js';
import { VisibilitySection } from '../images/visibility-section.js';
import { Button, buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { FailedNotice } from '../ui/notice.js';
import { useTitle } from '../ui/page.js';
import { EmptyState, Loaded, Skeleton } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/images/$key')({
  validateSearch: parseImageFilter,
  component: ImagePage,
});

/** Everything about one image. */
function ImagePage() {
  const { project, key } = Route.useParams();
  const filter = Route.useSearch();
  useTitle(`${givenName(key)} · ${project}`);
  const { previous, next, error, retry } = useNeighbours(project, filter, key);
  const queryClient = useQueryClient();
  const query = useQuery({
    ...imageQuery(project, key),
    // Shows what the grid knows while the image is fetched.
    placeholderData: () => listedImage(queryClient, project, key),
  });
  return (
    <div className="mx-auto grid w-full max-w-7xl gap-5 px-4 pt-4 pb-16 sm:px-6">
      <div className="flex items-center justify-between gap-4">
        <Link
          to="/dashboard/projects/$project"
          params={{ project }}
          search={filter}
          state={{ near: key }}
          resetScroll={false}
          className={cn(buttonVariants({ variant: 'quiet', size: 'sm' }), '-ml-2.5')}
        >
          <ArrowLeftIcon />
          All images
        </Link>
        <ImageSteps project={project} filter={filter} previous={previous} next={next} />
      </div>
      {!query.error && <FailedNotice error={error} onRetry={retry} />}
      {hasCode(query.error, 'image_not_found') ? (
        <>
          <h1 className="sr-only">{givenName(key)}</h1>
          <EmptyState title="This image does not exist">
            It was deleted, or its address is incomplete.
          </EmptyState>
        </>
      ) : (
        <Loaded query={query} skeleton={<Skeleton className="h-96" />}>
          {(image) => (
            <ImageContent
              key={image.key}
              project={project}
              image={image}
              filter={filter}
              neighbour={next ?? previous ?? ''}
            />
          )}
        </Loaded>
      )}
    </div>
  );
}

function ImageContent({
  project,
  image,
  filter,
  neighbour,
}: {
  readonly project: string;
  readonly image: Image;
  readonly filter: ImageFilter;
  /** Key of the image to focus in the grid after this one is deleted. */
  readonly neighbour: string;
}) {
  const navigate = useNavigate();
  const { store } = usePendingDeletes(project);
  const remove = async () => {
    // The grid offers to undo the deletion.
    await navigate({
      to: '/dashboard/projects/$project',
      params: { project },
      search: filter,
      state: { near: neighbour },
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
        <ImageFacts project={project} image={image} />
      </div>
      <Playground image={image} />
      <section
        aria-label="Delete this image"
        className="flex flex-wrap items-center justify-between gap-4 border-t border-line pt-6 lg:col-span-2"
      >
        <div>
          <h2 className="text-base text-danger">Delete this image</h2>
          <p className="text-sm text-muted">
            Permanently deletes the original and all of its variants.
          </p>
        </div>
        <Button variant="danger" onClick={remove}>
          <Trash2Icon />
          Delete image
        </Button>
      </section>
    </article>
  );
}

/** Wide enough for the column on common screens. */
const LARGE = { width: 1080 } as const;

function LargeView({ project, image }: { readonly project: string; readonly image: Image }) {
  const { width, height } = image;
  return (
    <figure className="grid grid-rows-[1fr_auto] gap-2">
      <div className="grid place-items-center rounded-lg border border-line bg-sunken p-2 sm:p-4">
        {/* At most its own size, the width of the column, and most of the window's height. */}
        <div
          className="w-full"
          style={{
            maxWidth: `min(${width}px, calc(72dvh * ${width / height}))`,
            aspectRatio: `${width} / ${height}`,
          }}
        >
          <Picture
            project={project}
            image={image}
            alt={`The image ${givenName(image.key)}`}
            size={LARGE}
            className="size-full rounded-sm"
          />
        </div>
      </div>
      <figcaption className="flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
        <span className="min-w-0 font-mono text-xs break-all">{image.url}</span>
        <a
          href={openUrl(image) ?? image.url}
          target="_blank"
          rel="noreferrer"
          className={buttonVariants({ size: 'sm' })}
        >
          Open original
        </a>
      </figcaption>
    </figure>
  );
}
