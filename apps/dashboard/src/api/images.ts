import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';
import type { Image, ImagePage, Visibility } from './types.js';

/** An image of a list; where it is far from what the window shows, its key alone. */
export type Listed = Image | Pick<Image, 'key'>;

export interface ListedPage {
  readonly images: readonly Listed[];
  readonly cursor: string | null;
}

/** The first page is there soon; the others take whoever scrolls far. */
const FIRST_PAGE = 100;
const PAGE = 500;

export interface ImageFilter {
  /** Part of the key. */
  readonly q?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

const inProject = (project: string) => ({ params: { path: { project } } });
const ofImage = (project: string, key: string) => ({ params: { path: { project, key } } });

/** Every list of the project's images, whatever its filter; without a project, of all of them. */
export const imageListsKey = (project?: string) =>
  project === undefined ? (['images'] as const) : (['images', project] as const);

/**
 * Images, newest first, page by page. What changes is written into the pages that are there: asking
 * for hundreds of pages again would take longer than anybody looks at them.
 */
export const imagesQuery = (project: string, filter: ImageFilter) =>
  infiniteQueryOptions({
    queryKey: [...imageListsKey(project), filter],
    queryFn: ({ pageParam, signal }): Promise<ListedPage> =>
      listImages(project, filter, pageParam, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: Number.POSITIVE_INFINITY,
    // Comparing every image with itself takes long where there are many.
    structuralSharing: false,
  });

interface ListOptions {
  /** At most {@link MOST_LISTED}. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** At most this many images at once. */
export const MOST_LISTED = 1000;

export const listImages = (
  project: string,
  { q, visibility }: ImageFilter,
  cursor: string | null,
  { limit = cursor === null ? FIRST_PAGE : PAGE, signal }: ListOptions = {},
): Promise<ImagePage> =>
  answerOf(
    api.GET('/v1/projects/{project}/images', {
      params: {
        path: { project },
        query: {
          limit,
          ...(cursor === null ? {} : { cursor }),
          ...(q ? { q } : {}),
          ...(visibility ? { visibility } : {}),
        },
      },
      ...(signal ? { signal } : {}),
    }),
  );

export const imageQuery = (project: string, key: string) =>
  queryOptions({
    queryKey: ['image', project, key],
    queryFn: ({ signal }): Promise<Image> =>
      answerOf(api.GET('/v1/images/{project}/{key}', { ...ofImage(project, key), signal })),
  });

export const setVisibility = (project: string, key: string, visibility: Visibility) =>
  answerOf(
    api.PATCH('/v1/images/{project}/{key}', {
      ...ofImage(project, key),
      body: { visibility },
    }),
  );

/** @param keepalive goes on when the page is left */
export const deleteImage = (project: string, key: string, keepalive = false) =>
  answerOf(api.DELETE('/v1/images/{project}/{key}', { ...ofImage(project, key), keepalive }));

/** Ends every link that was signed for the image so far. */
export const revokeLinks = (project: string, key: string) =>
  answerOf(api.POST('/v1/images/{project}/{key}/revoke-links', ofImage(project, key)));

/** At most this many keys at once. */
export const SIGNED_AT_ONCE = 500;

export const signUrls = (project: string, keys: string[], expiresIn: number) =>
  answerOf(
    api.POST('/v1/projects/{project}/signed-urls', {
      ...inProject(project),
      body: { keys, expiresIn },
    }),
  );

/** A token for one upload. The server's own limit of size is the one that counts. */
export const signUpload = (
  projectName: string,
  visibility: Visibility,
  signal?: AbortSignal,
): Promise<string> =>
  answerOf(
    api.POST('/v1/sign', {
      body: {
        projectName,
        visibility,
        maxSize: '2gb',
        allowedTypes: ['image/*'],
        expiresIn: 600,
      },
      ...(signal ? { signal } : {}),
    }),
  ).then(({ signature }) => signature);
