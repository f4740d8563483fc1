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

/** The serve secret itself: asked for when somebody wants to see or copy it, and kept nowhere. */
export const getServeSecret = async (project: string): Promise<string> => {
  const { secret } = await answerOf(
    api.GET('/v1/projects/{project}/serve-secret', inProject(project)),
  );
  return secret;
};

/** Whether the secret before still works, and who needs it. */
export const graceQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'grace'],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/v1/projects/{project}/serve-secret/grace', { ...inProject(project), signal }),
      ),
  });

/** @param graceSeconds how long the old secret keeps working; 0: not at all */
export const rotateServeSecret = async (project: string, graceSeconds: number) => {
  const { previous } = await answerOf(
    api.POST('/v1/projects/{project}/serve-secret/rotate', {
      ...inProject(project),
      body: { graceSeconds },
    }),
  );
  return { previous };
};

export const endGrace = async (project: string) => {
  const { previous } = await answerOf(
    api.POST('/v1/projects/{project}/serve-secret/end-grace', inProject(project)),
  );
  return { previous };
};
