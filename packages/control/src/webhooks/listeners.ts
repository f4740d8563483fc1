import {
  ApiError,
  defineRoute,
  iso,
  projectParam,
  type RequestContext,
  type Route,
  time,
  wholeInQuery,
  z,
} from '@auraimage/http';
import type { ListenedEvent, Project } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { originOf } from '../images/image-changes.js';
import { createInterruptibleWait } from '../interruptible-wait.js';
import { makeWebhookSecret, messageOf } from './message.js';

/** Maximum number of listeners of a project. */
const MAX_LISTENERS = 10;
/** Time after the last request for events after which a listener expires, in milliseconds. */
const LIFE_MS = 90_000;
const MAX_WAIT_SECONDS = 25;
/** Events of a response. */
const MAX_EVENTS = 50;
/** Most requests of a process that wait: one of each listener. */
const MAX_WAITING = 100;
/** Those of the projects of one account. */
const MAX_WAITING_OF_ACCOUNT = 10;
/** Interval of the search for events that other processes have written, in milliseconds. */
const POLL_MS = 1000;

const tags = ['Webhooks'];

const listenerParams = projectParam.extend({
  id: z.string().openapi({ description: 'Id of the listener' }),
});

const listenerBody = z
  .object({
    id: z.string(),
    secret: z.string().openapi({
      description: 'Signs the events of this listener',
      example: 'whsec_…',
    }),
    expiresAt: time('When it expires, unless its events are asked for'),
  })
  .openapi('Listener');

const eventsBody = z
  .object({
    events: z.array(
      z.object({
        id: z.string().openapi({ description: 'What acknowledges the event' }),
        headers: z
          .record(z.string(), z.string())
          .openapi({ description: 'Headers of the request that a webhook would get' }),
        body: z.string().openapi({ description: 'Its body, exactly as it is signed' }),
      }),
    ),
  })
  .openapi('ListenedEvents');

/** `/v1/projects/{project}/listeners`: events for an app that is developed, which no server can reach. */
export function listenerRoutes({ ports, options, access, stopping }: ControlDependencies): Route[] {
  const { webhooks, deliveries, clock } = ports;
  const mayListen = access.can('events.send');
  /** What ends the waiting request of each listener that has one. */
  const waits = new Map<string, { readonly accountId: string; end(): void }>();
  let isStopping = false;
  stopping.addEventListener('abort', () => {
    isStopping = true;
    for (const { end } of waits.values()) end();
  });

  function hasRoom(accountId: string): boolean {
    if (waits.size >= MAX_WAITING) return false;
    const ofAccount = [...waits.values()].filter((one) => one.accountId === accountId);
    return ofAccount.length < MAX_WAITING_OF_ACCOUNT;
  }

  /**
   * Events of a listener, once there are any, the time is over or a newer request waits for them: the client of the
   * older one is gone, or asks again.
   *
   * @throws {ApiError} `listeners_busy`
   */
  async function wait(
    { id: projectId, accountId }: Project,
    id: string,
    { waitMs, context }: { readonly waitMs: number; readonly context: RequestContext },
  ): Promise<readonly ListenedEvent[]> {
    const older = waits.get(id);
    if (older === undefined && !hasRoom(accountId)) {
      throw new ApiError('listeners_busy', { retryAfterSeconds: 5 });
    }
    const until = clock.now() + waitMs;
    const idle = createInterruptibleWait();
    // No AbortController: in Workers, a request may not end that of another one.
    const waiting = {
      accountId,
      isEnded: isStopping,
      end() {
        waiting.isEnded = true;
        idle.interrupt();
      },
    };
    waits.set(id, waiting);
    older?.end();
    const stopHearing = deliveries.onEvents(idle.interrupt);
    try {
      for (;;) {
        idle.reset();
        const events = await webhooks.listen(projectId, id, MAX_EVENTS);
        const leftMs = until - clock.now();
        const isOver = leftMs <= 0 || waiting.isEnded;
        if (events.length > 0 || isOver) return events;
        if (await context.isDisconnected()) return [];
        await idle.wait(Math.min(leftMs, POLL_MS));
      }
    } finally {
      stopHearing();
      if (waits.get(id) === waiting) waits.delete(id);
    }
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/listeners',
      hosts: ['app'],
      access: mayListen,
      doc: {
        operationId: 'createListener',
        tags,
        summary: 'Start to listen to events',
        description: `A webhook without a URL, for development: \`GET …/listeners/{id}/events\` returns its events, of all types. It ends ${LIFE_MS / 1000} seconds after the last such request. A project can have ${MAX_LISTENERS} at a time.`,
      },
      params: projectParam,
      errors: ['listener_limit', 'project_not_found'],
      success: { status: 201, schema: listenerBody, description: 'The listener' },
      async handler({ access, context }) {
        const secret = makeWebhookSecret();
        const made = await webhooks.createListener(
          access.project.id,
          { secret, lifeMs: LIFE_MS },
          MAX_LISTENERS,
          originOf(access, context),
        );
        if (made === 'limit_reached') throw new ApiError('listener_limit');
        if (made === 'project_missing') throw new ApiError('project_not_found');
        return { id: made.id, secret, expiresAt: iso(made.expiresAt) };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/listeners/{id}/events',
      hosts: ['app'],
      access: mayListen,
      doc: {
        operationId: 'listen',
        tags,
        summary: 'Get the events of a listener',
        description: `Up to ${MAX_EVENTS} events that are not acknowledged, oldest first: as soon as there is one, or none after the time of \`wait\`. A newer request of the listener that waits ends an older one.`,
      },
      params: listenerParams,
      query: z.object({
        wait: wholeInQuery(0, MAX_WAIT_SECONDS, 0).openapi({
          description: 'Seconds to wait for the first event',
        }),
      }),
      errors: ['listener_not_found', 'listeners_busy'],
      success: { status: 200, schema: eventsBody, description: 'The events' },
      async handler({ access: { project }, params, query, request, context }) {
        const { id } = params;
        const waitMs = query.wait * 1000;
        const secret = await webhooks.keepListener(project.id, id, LIFE_MS + waitMs);
        if (secret === null) throw new ApiError('listener_not_found');
        let events: readonly ListenedEvent[];
        if (waitMs === 0) events = await webhooks.listen(project.id, id, MAX_EVENTS);
        else {
          events = await wait(project, id, { waitMs, context });
          // Meanwhile the member may have been removed or signed out, and the name may belong to another project.
          const again = await mayListen.check({ request, params, context });
          if (again.project.id !== project.id) throw new ApiError('project_not_found');
        }
        const now = clock.now();
        return {
          events: events.map(({ delivery, event }) => ({
            id: delivery,
            ...messageOf(event, options.publicUrl, [secret], now),
          })),
        };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/listeners/{id}/ack',
      hosts: ['app'],
      access: mayListen,
      doc: {
        operationId: 'acknowledgeEvents',
        tags,
        summary: 'Acknowledge events of a listener',
        description: 'They are not returned again. Unknown ones are ignored.',
      },
      params: listenerParams,
      body: z.strictObject({
        events: z.array(z.string().max(100)).max(MAX_EVENTS).openapi({
          description: 'Members `id` of events',
        }),
      }),
      errors: [],
      success: { status: 204, description: 'Acknowledged' },
      async handler({ access, params, body }) {
        await webhooks.acknowledge(access.project.id, params.id, body.events);
        return undefined;
      },
    }),
  ];
}
