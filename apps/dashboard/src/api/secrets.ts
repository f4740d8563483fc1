import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';

const inProject = (project: string) => ({ params: { path: { project } } });

export const secretKeysQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'secret-keys'],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/projects/{project}/secret-keys', { ...inProject(project), signal })),
  });

export const createSecretKey = (project: string, name: string) =>
  answerOf(
    api.POST('/v1/projects/{project}/secret-keys', { ...inProject(project), body: { name } }),
  );

export const revokeSecretKey = (project: string, id: string) =>
  answerOf(
    api.DELETE('/v1/projects/{project}/secret-keys/{id}', { params: { path: { project, id } } }),
  );

/** The serve secret itself: dropped from memory as soon as no page shows it. */
export const serveSecretQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'serve-secret'],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/v1/projects/{project}/serve-secret', { ...inProject(project), signal })),
    gcTime: 0,
  });

/** @param graceSeconds how long the old secret keeps working; 0: not at all */
export const rotateServeSecret = (project: string, graceSeconds: number) =>
  answerOf(
    api.POST('/v1/projects/{project}/serve-secret/rotate', {
      ...inProject(project),
      body: { graceSeconds },
    }),
  );

export const endGrace = (project: string) =>
  answerOf(api.POST('/v1/projects/{project}/serve-secret/end-grace', inProject(project)));
