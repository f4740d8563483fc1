import { unwrap } from '@auraimage/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from './client.js';
import { listImages, signUrls, URL_MAX_AGE_MS } from './images.js';
import type { Preset, Visibility } from './types.js';

const inProject = (project: string) => ({ params: { path: { project } } });
const ofPreset = (project: string, name: string) => ({ params: { path: { project, name } } });

export const presetsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'presets'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/presets', { ...inProject(project), signal })),
  });

/** Creates a preset, or replaces the one with its name. */
export const putPreset = (
  project: string,
  { name, transform, open, watermark }: Omit<Preset, 'updatedAt'>,
) =>
  unwrap(
    api.PUT('/v1/projects/{project}/presets/{name}', {
      ...ofPreset(project, name),
      body: { transform, open, watermark },
    }),
  );

export const deletePreset = (project: string, name: string) =>
  unwrap(api.DELETE('/v1/projects/{project}/presets/{name}', ofPreset(project, name)));

/** Most images to choose from at once: others are found by a part of their name. */
const CHOICES = 24;

/** Images to choose one from, newest first. */
export const choicesQuery = (project: string, q: string, visibility?: Visibility) =>
  queryOptions({
    queryKey: ['choices', project, q, visibility ?? 'any'],
    queryFn: ({ signal }) =>
      listImages(project, { q, visibility }, null, { limit: CHOICES, signal }),
    staleTime: URL_MAX_AGE_MS,
    refetchOnMount: 'always',
  });

/** An address of an image with a token, also of a public one: the project may limit addresses without. */
export const signedUrlQuery = (project: string, key: string) =>
  queryOptions({
    queryKey: ['signed-url', project, key],
    queryFn: async (): Promise<string | null> => {
      const { urls } = await signUrls(project, [key], 3600);
      return urls[0]?.url ?? null;
    },
    staleTime: URL_MAX_AGE_MS,
    refetchInterval: URL_MAX_AGE_MS,
  });
