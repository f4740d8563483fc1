import { unwrap } from '@auraimage/client';
import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api } from './client.js';
import { URL_MAX_AGE_MS } from './images.js';
import type { Project } from './types.js';

const inProject = (project: string) => ({ params: { path: { project } } });

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/projects', { signal })),
});

/** The newest images of all projects, and their reads by day. */
export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/overview', { signal })),
  // Its signed addresses expire.
  refetchInterval: URL_MAX_AGE_MS,
});

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}', { ...inProject(project), signal })),
  });

/** Name of the current page's project. */
export const useProjectName = (): string =>
  useParams({ from: '/_app/dashboard/projects/$project' }).project;

/** The current page's project, which the route has loaded. */
export const useProject = () => useQuery(projectQuery(useProjectName()));

/** Whether the user may change images of the current page's project. The page offers no more; the server decides. */
export const useMayEdit = (): boolean => {
  const role = useProject().data?.role;
  return role === 'owner' || role === 'editor';
};

/** Whether the user owns the current page's project. */
export const useIsOwner = (): boolean => useProject().data?.role === 'owner';

export const usageQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['usage', project, days],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/usage', {
          params: { path: { project }, query: { days } },
          signal,
        }),
      ),
  });

const named = (project: string, days: number) => ({
  params: { path: { project }, query: { days } },
});

/** The busiest images. Their signed addresses expire. */
export const usageByImageQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['usage', project, 'images', days],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/usage/images', { ...named(project, days), signal })),
    refetchInterval: URL_MAX_AGE_MS,
  });

export const usageByPresetQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['usage', project, 'presets', days],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/usage/presets', { ...named(project, days), signal })),
  });

/** Why reads got no picture. */
export const usageByRefusalQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ['usage', project, 'refusals', days],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/usage/refusals', { ...named(project, days), signal })),
  });

/** Where a list of usage is downloaded as a table. @param list such as `/images`; empty for the days */
export const usageTableUrl = (project: string, list: string, days: number): string =>
  `/v1/projects/${project}/usage${list}?days=${days}&format=csv`;

/** Whether a project name is available. */
export const nameQuery = (name: string) =>
  queryOptions({
    queryKey: ['project-name', name],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/project-names/{name}', { params: { path: { name } }, signal })),
  });

export const createProject = (projectName: string) =>
  unwrap(api.POST('/v1/projects', { body: { projectName } }));

export const changeProject = (
  project: string,
  body: {
    projectName?: string;
    allowedOrigins?: string[];
    quotaBytes?: number | null;
    unsignedTransforms?: Project['unsignedTransforms'];
    masterMetadata?: Project['masterMetadata'];
  },
) => unwrap(api.PATCH('/v1/projects/{project}', { ...inProject(project), body }));

export const deleteProject = (project: string, confirm: string) =>
  unwrap(api.DELETE('/v1/projects/{project}', { ...inProject(project), body: { confirm } }));

/** Drops the cached data of a renamed or deleted project: another project may get its name. */
export const forgetProject = (queryClient: QueryClient, name: string): void =>
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[1] === name });

const POLL_MS = 1500;

/** Running and recent deletions of projects; polls while one is running. */
export const deletionsQuery = queryOptions({
  queryKey: ['deletions'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/deletions', { signal })),
  refetchInterval: ({ state }) =>
    state.data?.deletions.some(({ finishedAt }) => finishedAt === null) ? POLL_MS : false,
});
