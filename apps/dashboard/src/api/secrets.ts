import { unwrap } from '@auraimage/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from './client.js';

const inProject = (project: string) => ({ params: { path: { project } } });

export const secretKeysQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'secret-keys'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/secret-keys', { ...inProject(project), signal })),
  });

export const createSecretKey = (project: string, name: string) =>
  unwrap(api.POST('/v1/projects/{project}/secret-keys', { ...inProject(project), body: { name } }));

export const revokeSecretKey = (project: string, id: string) =>
  unwrap(
    api.DELETE('/v1/projects/{project}/secret-keys/{id}', { params: { path: { project, id } } }),
  );

/** The serve secret. Fetched only to be shown or copied; never cached. */
export const getServeSecret = async (project: string): Promise<string> => {
  const { secret } = await unwrap(
    api.GET('/v1/projects/{project}/serve-secret', inProject(project)),
  );
  return secret;
};

/** Whether the previous secret still works, and how many reads used it. */
export const graceQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'grace'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/serve-secret/grace', { ...inProject(project), signal }),
      ),
  });

/** @param graceSeconds how long the old secret keeps working; 0 ends it at once */
export const rotateServeSecret = async (project: string, graceSeconds: number) => {
  const { previous } = await unwrap(
    api.POST('/v1/projects/{project}/serve-secret/rotate', {
      ...inProject(project),
      body: { graceSeconds },
    }),
  );
  return { previous };
};

export const endGrace = async (project: string) => {
  const { previous } = await unwrap(
    api.POST('/v1/projects/{project}/serve-secret/end-grace', inProject(project)),
  );
  return { previous };
};
