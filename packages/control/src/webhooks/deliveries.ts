import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  projectParam,
  type Route,
  time,
  whole,
  wholeInQuery,
  z,
} from '@auraimage/http';
import { DELIVERY_KEPT_DAYS, DELIVERY_STATES, type Delivery } from '@auraimage/ports';
import { EVENT_TYPES } from '@auraimage/protocol';
import type { ControlDependencies } from '../dependencies.js';
import { originOf } from '../images/image-changes.js';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;

const tags = ['Webhooks'];

const delivery = z.object({
  id: z.string().openapi({ example: 'dlv_7d0f2b0c-53a1-4a34-9a39-54a2c0a4b7de' }),
  eventId: z.string().openapi({
    description: '`webhook-id` of every request for the event',
    example: 'evt_4f7a7f52-5a1c-4c57-8d25-5ad0a3a0e2c4',
  }),
  type: z.enum([...EVENT_TYPES, 'webhook.test']),
  key: z.string().nullable().openapi({
    description: 'Key of the image; `null` for an event of the project',
    example: 'users/42/avatar',
  }),
  state: z.enum(DELIVERY_STATES).openapi({
    description: '`pending`: an attempt will be made; `failed`: no more attempts will be made',
  }),
  attempts: whole('Number of requests so far'),
  nextAttemptAt: time(
    'When the next request is due. `null` when it has finished, and while it waits for an earlier event of the same image',
  ).nullable(),
  createdAt: time(),
  finishedAt: time('When it was delivered, or had failed').nullable(),
});

export const deliveryBody = delivery.openapi('Delivery');

const detailsBody = delivery
  .extend({
    log: z
      .array(
        z.object({
          at: time('When the request began'),
          milliseconds: whole('Duration'),
          status: z.number().int().nullable().openapi({
            description: 'Status of the response; `null` without one',
          }),
          problem: z.string().nullable().openapi({
            description:
              'Why there was no response: `address_refused`, `name_not_found`, `timeout`, `connection_failed`, `tls_failed`',
            example: 'timeout',
          }),
          answer: z.string().openapi({
            description: 'Start of the body of the response, up to 1,024 bytes',
          }),
        }),
      )
      .openapi({ description: 'The requests, oldest first' }),
  })
  .openapi('DeliveryDetails');

const pageBody = z
  .object({
    deliveries: z.array(deliveryBody),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('DeliveryPage');

const pageQuery = z.object({
  limit: wholeInQuery(1, MAX_PAGE, DEFAULT_PAGE).openapi({ description: 'Deliveries per page' }),
  cursor: z.string().max(500).optional().openapi({ description: '`cursor` of the previous page' }),
  state: z.enum(DELIVERY_STATES).optional(),
});

const webhookParams = projectParam.extend({
  id: z.string().openapi({ description: 'Id of the webhook' }),
});

const deliveryParams = webhookParams.extend({
  delivery: z.string().openapi({ description: 'Id of the delivery' }),
});

/** `/v1/projects/{project}/webhooks/{id}/deliveries` */
export function deliveryRoutes({ ports, access }: ControlDependencies): Route[] {
  const { webhooks } = ports;
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/webhooks/{id}/deliveries',
      hosts: ['app'],
      access: access.can('events.view'),
      doc: {
        operationId: 'listDeliveries',
        tags,
        summary: 'List deliveries',
        description: `Newest first. Those that have finished are listed for ${DELIVERY_KEPT_DAYS} days.`,
      },
      params: webhookParams,
      query: pageQuery,
      errors: ['webhook_not_found', 'page_malformed'],
      success: { status: 200, schema: pageBody, description: 'A page of deliveries' },
      async handler({ access, params, query: { limit, cursor, state } }) {
        const page = await webhooks.listDeliveries(access.project.id, params.id, {
          limit,
          ...(cursor !== undefined && { cursor }),
          ...(state !== undefined && { state }),
        });
        if (page === null) throw new ApiError('webhook_not_found');
        return { deliveries: page.deliveries.map(toDeliveryBody), cursor: page.cursor };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}',
      hosts: ['app'],
      access: access.can('events.view'),
      doc: {
        operationId: 'getDelivery',
        tags,
        summary: 'Get a delivery',
        description: 'With each of its requests, and what the consumer responded.',
      },
      params: deliveryParams,
      errors: ['delivery_not_found'],
      success: { status: 200, schema: detailsBody, description: 'The delivery' },
      async handler({ access, params: { id, delivery } }) {
        const found = await webhooks.findDelivery(access.project.id, id, delivery);
        if (found === null) throw new ApiError('delivery_not_found');
        const log = found.log.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt }));
        return { ...toDeliveryBody(found), log };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/redeliver',
      hosts: ['app'],
      access: access.can('events.send'),
      doc: {
        operationId: 'redeliver',
        tags,
        summary: 'Send an event again',
        description:
          'The event of a delivery that has finished gets another delivery, behind the pending ones of its image. A pending one is due now instead. The event keeps its id.',
      },
      params: deliveryParams,
      errors: ['delivery_not_found', 'webhook_disabled'],
      success: { status: 201, schema: deliveryBody, description: 'The delivery that is pending' },
      async handler({ access, params: { id, delivery }, context }) {
        const origin = originOf(access, context);
        const made = await webhooks.redeliver(access.project.id, id, delivery, origin);
        if (made === null) throw new ApiError('delivery_not_found');
        if (made === 'webhook_disabled') throw new ApiError('webhook_disabled');
        return toDeliveryBody(made);
      },
    }),
  ];
}

export function toDeliveryBody(delivery: Delivery): z.infer<typeof deliveryBody> {
  const { event } = delivery;
  const { key } = event.data;
  return {
    id: delivery.id,
    eventId: event.id,
    type: event.type,
    key: typeof key === 'string' ? key : null,
    state: delivery.state,
    attempts: delivery.attempts,
    nextAttemptAt: isoOrNull(delivery.nextAttemptAt),
    createdAt: iso(delivery.createdAt),
    finishedAt: isoOrNull(delivery.finishedAt),
  };
}
