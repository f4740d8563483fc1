import { unwrap } from '@auraimage/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from './client.js';
import type { Role } from './types.js';

const inProject = (project: string) => ({ params: { path: { project } } });
const withId = (project: string, id: string) => ({ params: { path: { project, id } } });

export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'members'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/members', { ...inProject(project), signal })),
  });

/** Pending invitations. For owners. */
export const projectInvitationsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'invitations'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/invitations', { ...inProject(project), signal })),
  });

/** @param email empty for a link that anybody can use */
export const inviteMember = (project: string, role: Role, email: string) =>
  unwrap(
    api.POST('/v1/projects/{project}/invitations', {
      ...inProject(project),
      body: { role, ...(email === '' ? {} : { email }) },
    }),
  );

export const revokeProjectInvitation = (project: string, id: string) =>
  unwrap(api.DELETE('/v1/projects/{project}/invitations/{id}', withId(project, id)));

export const changeMember = (project: string, id: string, role: Role) =>
  unwrap(
    api.PATCH('/v1/projects/{project}/members/{id}', { ...withId(project, id), body: { role } }),
  );

export const removeMember = (project: string, id: string) =>
  unwrap(api.DELETE('/v1/projects/{project}/members/{id}', withId(project, id)));

export const leaveProject = (project: string) =>
  unwrap(api.DELETE('/v1/projects/{project}/members/me', inProject(project)));
