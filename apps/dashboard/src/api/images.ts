import { unwrap } from '@auraimage/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client.js';
import type { Image, ImagePage, Visibility } from './types.js';

/** An image of a list. Far outside the viewport, only its key is kept in memory. */
export type ListedImage = Image | Pick<Image, 'key'>;

export interface ListedPage {
  readonly images: readonly ListedImage[];
  readonly cursor: string | null;
  /** Folders below the listed one. They can be on any page, and change which images are on it. */
  readonly folders: readonly string[];
  /** When it was requested, in milliseconds since 1970: its signed addresses expire. 0 if they are invalid. */
  readonly fetchedAt: number;
}

/** The first page is small to load fast; the others are large for fast scrolling. */
const FIRST_PAGE = 100;
const PAGE = 500;

export interface ImageFilter {
  /** Part of the name or of the file name. */
  readonly q?: string | undefined;
  readonly visibility?: Visibility | undefined;
  /**
   * The images in a folder by name, such as `users/42/`, and the folders in it; empty for the outermost one.
   * Excludes the rest.
   */
  readonly folder?: string | undefined;
}

const inProject = (project: string) => ({ params: { path: { project } } });
const ofImage = (project: string, key: string) => ({ params: { path: { project, key } } });

/**
 * Age at which signed addresses are fetched again. The API signs them for at least an hour. The age is
 * measured by this browser's clock, which may differ from the server's.
 */
export const URL_MAX_AGE_MS = 45 * 60_000;

/**
 * An address that opens the image for now, in any size; `null` if it is private and its address must be fetched. That of
 * a public image is signed where its project allows nothing but presets without a token.
 */
export const openUrl = ({ url, signedUrl, visibility }: Image): string | null =>
  signedUrl ?? (visibility === 'public' ? url : null);

/**
 * The same address, but not what this browser has kept of it from before the image was replaced or its crops were
 * moved: it keeps variants of a public image for a year.
 */
export const currentUrl = (image: Image): string | null => {
  const url = openUrl(image);
  if (url === null || image.version === 1) return url;
  return `${url}${url.includes('?') ? '&' : '?'}v=${image.version}`;
};

/** Where the owner downloads the file as it was uploaded. */
export const downloadUrl = (project: string, key: string): string =>
  `/v1/masters/${project}/${key}`;

/** Prefix of the query keys of all image lists of a project, or of all projects. */
export const imageListsKey = (project?: string) =>
  project === undefined ? (['images'] as const) : (['images', project] as const);

/**
 * Images, newest first or of a folder, page by page. Changes are written into the loaded pages (see
 * images/image-lists.ts), because refetching hundreds of pages would take too long.
 */
export const imagesQuery = (project: string, filter: ImageFilter) =>
  infiniteQueryOptions({
    queryKey: [...imageListsKey(project), filter],
    queryFn: ({ pageParam, signal }): Promise<ListedPage> =>
      listImages(project, filter, pageParam, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: Number.POSITIVE_INFINITY,
    // Comparing all images is slow in a long list.
    structuralSharing: false,
  });

/** A page as it was fetched, with all fields of its images. */
export type FetchedPage = ImagePage & Pick<ListedPage, 'fetchedAt'>;

interface ListOptions {
  /** At most {@link MAX_LIMIT}. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Maximum number of images per request. */
export const MAX_LIMIT = 1000;

export const listImages = async (
  project: string,
  { q, visibility, folder }: ImageFilter,
  cursor: string | null,
  { limit = cursor === null ? FIRST_PAGE : PAGE, signal }: ListOptions = {},
): Promise<FetchedPage> => {
  const fetchedAt = Date.now();
  const page = await unwrap(
    api.GET('/v1/projects/{project}/images', {
      params: {
        path: { project },
        query: {
          limit,
          ...(cursor === null ? {} : { cursor }),
          ...(q ? { q } : {}),
          ...(visibility ? { visibility } : {}),
          ...(folder === undefined ? {} : { delimiter: '/' as const }),
          ...(folder ? { prefix: folder } : {}),
        },
      },
      ...(signal ? { signal } : {}),
    }),
  );
  return { ...page, fetchedAt };
};

export const imageQuery = (project: string, key: string) =>
  queryOptions({
    queryKey: ['image', project, key],
    queryFn: ({ signal }): Promise<Image> =>
      unwrap(api.GET('/v1/images/{project}/{key}', { ...ofImage(project, key), signal })),
    refetchInterval: URL_MAX_AGE_MS,
  });

export const setVisibility = (project: string, key: string, visibility: Visibility) =>
  unwrap(
    api.PATCH('/v1/images/{project}/{key}', {
      ...ofImage(project, key),
      body: { visibility },
    }),
  );

/** Gives an image another name, which is its key from then on. */
export const renameImage = (project: string, key: string, name: string) =>
  unwrap(api.PATCH('/v1/images/{project}/{key}', { ...ofImage(project, key), body: { name } }));

/** Replaces all pairs. */
export const setMetadata = (project: string, key: string, metadata: Image['metadata']) =>
  unwrap(api.PATCH('/v1/images/{project}/{key}', { ...ofImage(project, key), body: { metadata } }));

/** Chooses the point that crops keep in view; `null` for the middle. */
export const setFocus = (project: string, key: string, focus: Image['focus']) =>
  unwrap(api.PATCH('/v1/images/{project}/{key}', { ...ofImage(project, key), body: { focus } }));

/** @param keepalive the request outlives the page */
export const deleteImage = (project: string, key: string, keepalive = false) =>
  unwrap(api.DELETE('/v1/images/{project}/{key}', { ...ofImage(project, key), keepalive }));

/** Revokes every link that was signed for the image so far. */
export const revokeLinks = (project: string, key: string) =>
  unwrap(api.POST('/v1/images/{project}/{key}/revoke-links', ofImage(project, key)));

export const signUrls = (project: string, keys: string[], expiresIn: number) =>
  unwrap(
    api.POST('/v1/projects/{project}/signed-urls', {
      ...inProject(project),
      body: { keys, expiresIn },
    }),
  );

/**
 * An upload token. Its `maxSize` is larger than any server accepts: the server's own limit applies.
 *
 * @param name of the image; without one, the server makes it from the file's
 */
export const signUpload = (
  projectName: string,
  visibility: Visibility,
  name?: string,
  signal?: AbortSignal,
): Promise<string> =>
  unwrap(
    api.POST('/v1/sign', {
      body: {
        projectName,
        visibility,
        ...(name === undefined ? {} : { name }),
        maxSize: '2gb',
        allowedTypes: ['image/*'],
        expiresIn: 600,
      },
      ...(signal ? { signal } : {}),
    }),
  ).then(({ signature }) => signature);

/** The names of images that begin with a text, at most {@link MAX_LIMIT}. */
export const namesFrom = async (
  project: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const { images } = await unwrap(
    api.GET('/v1/projects/{project}/images', {
      params: { path: { project }, query: { prefix, limit: MAX_LIMIT } },
      ...(signal ? { signal } : {}),
    }),
  );
  return images.map(({ key }) => key);
};
