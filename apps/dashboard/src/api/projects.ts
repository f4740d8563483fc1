import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';

const inProject = (project: string) => ({ params: { path: { project } } });

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/projects', { signal })),
});

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/projects/{project}', { ...inProject(project), signal })),
  });

/** Whether a name may be given to a project. */
export const nameQuery = (name: string) =>
  queryOptions({
    queryKey: ['project-name', name],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/project-names/{name}', { params: { path: { name } }, signal })),
  });

export const createProject = (projectName: string) =>
  answerOf(api.POST('/v1/projects', { body: { projectName } }));

export const changeProject = (
  project: string,
  body: { projectName?: string; allowedOrigins?: string[]; quotaBytes?: number | null },
) => answerOf(api.PATCH('/v1/projects/{project}', { ...inProject(project), body }));

export const deleteProject = (project: string, confirm: string) =>
  answerOf(api.DELETE('/v1/projects/{project}', { ...inProject(project), body: { confirm } }));

/** Forgets what was loaded of a project that is at this name no more: another one may take it. */
export const forgetProject = (queryClient: QueryClient, name: string): void =>
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[1] === name });

const WATCH_MS = 1500;

/** Deletions that run or have ended lately; asks again while one runs. */
export const deletionsQuery = queryOptions({
  queryKey: ['deletions'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/deletions', { signal })),
  refetchInterval: ({ state }) =>
    state.data?.deletions.some(({ finishedAt }) => finishedAt === null) ? WATCH_MS : false,
});
