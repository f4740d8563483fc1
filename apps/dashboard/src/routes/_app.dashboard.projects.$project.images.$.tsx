import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createFileRoute, Link, notFound, useNavigate } from '@tanstack/react-router';
import { ArrowLeftIcon, DownloadIcon, ExternalLinkIcon, Trash2Icon } from 'lucide-react';
import { hasCode } from '../api/errors.js';
import { downloadUrl, type ImageFilter, imageQuery, openUrl } from '../api/images.js';
import { useMayEdit } from '../api/projects.js';
import type { Image } from '../api/types.js';
import { FocusSection } from '../images/focus-section.js';
import { ImageFacts } from '../images/image-facts.js';
import { listedImage } from '../images/image-lists.js';
import { downloadName, givenName, parseImageFilter } from '../images/image-names.js';
import { ImageSteps, useNeighbours } from '../images/image-steps.js';
import { MetadataSection } from '../images/metadata-section.js';
import { NameSection } from '../images/name-section.js';
import { usePendingDeletes } from '../images/pending-deletes.js';
import { Picture } from '../images/picture.js';
import { Playground } from '../images/playground.js';
import { isShowable, showableNote, showableUrl } from '../images/showable.js';
import { SignedLink } from '../images/signed-link.js';
import { VisibilitySection } from '../images/visibility-section.js';
import { Button, buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { FailedNotice } from '../ui/notice.js';
import { useTitle } from '../ui/page.js';
import { EmptyState, Loaded, Skeleton } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/images/$')({
  validateSearch: parseImageFilter,
  beforeLoad: ({ params: { _splat: key } }) => {
    if (!key) throw notFound();
  },
  component: ImagePage,
});

/** Everything about one image. */
function ImagePage() {
  const { project, _splat: key = '' } = Route.useParams();
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
          {...listOf(project, filter, key)}
          className={cn(buttonVariants({ variant: 'quiet', size: 'sm' }), '-ml-2.5 min-w-0')}
        >
          <ArrowLeftIcon className="shrink-0" />
          <span className="truncate">
            {filter.folder === undefined ? 'All images' : filter.folder || 'Folders'}
          </span>
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

/**
 * The list that an image was opened from.
 *
 * @param near key of the image to focus
 */
function listOf(project: string, filter: ImageFilter, near: string) {
  const { folder } = filter;
  const shared = { state: { near }, resetScroll: false };
  return folder === undefined
    ? {
        ...shared,
        to: '/dashboard/projects/$project' as const,
        params: { project },
        search: filter,
      }
    : {
        ...shared,
        to: '/dashboard/projects/$project/folders/$' as const,
        params: { project, _splat: folder.replace(/\/$/, '') },
        search: {},
      };
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
  const mayEdit = useMayEdit();
  const remove = async () => {
    // The grid offers to undo the deletion.
    await navigate(listOf(project, filter, neighbour));
    store.add([image.key]);
  };
  return (
    <article className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <h1 className="text-xl leading-tight break-words lg:col-span-2">{givenName(image.key)}</h1>
      <LargeView project={project} image={image} />
      <div className="grid content-start gap-6">
        <VisibilitySection project={project} image={image} />
        {mayEdit && <SignedLink project={project} image={image} />}
        <NameSection project={project} image={image} filter={filter} />
        <FocusSection project={project} image={image} />
        <MetadataSection project={project} image={image} />
        <ImageFacts image={image} />
      </div>
      <Playground image={image} />
      {mayEdit && (
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
      )}
    </article>
  );
}

/** Wide enough for the column on common screens. */
const LARGE = { width: 1080 } as const;

function LargeView({ project, image }: { readonly project: string; readonly image: Image }) {
  const { width, height } = image;
  return (
    <figure className="grid content-start gap-2">
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
        <span className="grid min-w-0 gap-1">
          <span className="font-mono text-xs break-all">{showableUrl(image, image.url)}</span>
          {!isShowable(image) && <span>{showableNote(image)}</span>}
        </span>
        <span className="flex flex-wrap gap-2">
          <a
            href={showableUrl(image, openUrl(image) ?? image.url)}
            target="_blank"
            rel="noreferrer"
            className={buttonVariants({ size: 'sm' })}
          >
            <ExternalLinkIcon />
            Open
          </a>
          <a
            href={downloadUrl(project, image.key)}
            download={downloadName(image)}
            className={buttonVariants({ size: 'sm' })}
          >
            <DownloadIcon />
            Download original
          </a>
        </span>
      </figcaption>
    </figure>
  );
}
