import { defineRoute, image, type Route, whole, z } from '@auraimage/http';
import type { ControlDependencies } from './dependencies.js';
import { createSignedBodies } from './images/image-bodies.js';

/** Newest images of each project. */
const NEWEST = 3;
/** Length of the span in which reads are counted. */
const DAYS = 14;

const overviewBody = z
  .object({
    projects: z.array(
      z.object({
        projectName: z.string().openapi({ example: 'my-app' }),
        newest: z.array(image).openapi({ description: `The newest images, at most ${NEWEST}` }),
        reads: z.array(whole('Reads of a day')).openapi({
          description: `Reads per day in UTC, of the last ${DAYS} days; the last number is today's`,
        }),
      }),
    ),
  })
  .openapi('Overview');

/** `GET /v1/overview` */
export function overviewRoutes({
  ports: { members, images, usage, clock },
  options: { publicUrl },
  access,
}: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/overview',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'getOverview',
        tags: ['Projects'],
        summary: 'Get an overview of all projects',
        description:
          'The newest images of every project of which the user is a member, and its reads by day. In the order of the list of projects.',
      },
      success: { status: 200, schema: overviewBody, description: 'The overview' },
      handler: async ({ access }) => {
        const now = clock.now();
        const projects = (await members.listProjects(access.user.accountId)).map(
          ({ project }) => project,
        );
        const ids = projects.map(({ id }) => id);
        const names = projects.map(({ name }) => name);
        const [found, reads] = await Promise.all([
          images.newest(names, NEWEST),
          usage.readsByDay(ids, DAYS, now),
        ]);
        const toBody = createSignedBodies(now, publicUrl);
        const bodies = await Promise.all(
          found.map(async (each) => ({
            project: each.image.project,
            body: await toBody(each.image, each, each.serveSecrets(now)[0]),
          })),
        );
        return {
          projects: projects.map(({ id, name }) => ({
            projectName: name,
            newest: bodies.filter(({ project }) => project === name).map(({ body }) => body),
            reads: [...(reads.get(id) ?? new Array<number>(DAYS).fill(0))],
          })),
        };
      },
    }),
  ];
}
