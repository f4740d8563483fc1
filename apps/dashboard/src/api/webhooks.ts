import { unwrap } from '@auraimage/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client.js';
import type { DeliveryState, EventType } from './types.js';

/** Deliveries of a page. */
const PAGE = 50;
const POLL_MS = 15_000;
/** While a delivery waits for its next attempt. */
const SOON_MS = 2000;

const inProject = (project: string) => ({ params: { path: { project } } });
const ofWebhook = (project: string, id: string) => ({ params: { path: { project, id } } });
const ofDelivery = (project: string, id: string, delivery: string) => ({
  params: { path: { project, id, delivery } },
});

export const webhooksQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'webhooks'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/projects/{project}/webhooks', { ...inProject(project), signal })),
  });

export const webhookQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: ['project', project, 'webhooks', id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/webhooks/{id}', { ...ofWebhook(project, id), signal }),
      ),
  });

export interface WebhookFields {
  readonly url: string;
  /** Empty for all. */
  readonly types: EventType[];
}

export const createWebhook = (project: string, body: WebhookFields) =>
  unwrap(api.POST('/v1/projects/{project}/webhooks', { ...inProject(project), body }));

export const changeWebhook = (
  project: string,
  id: string,
  body: Partial<WebhookFields> & { readonly enabled?: boolean },
) => unwrap(api.PATCH('/v1/projects/{project}/webhooks/{id}', { ...ofWebhook(project, id), body }));

export const deleteWebhook = (project: string, id: string) =>
  unwrap(api.DELETE('/v1/projects/{project}/webhooks/{id}', ofWebhook(project, id)));

/** The secret. Fetched only to be shown or copied; never cached. */
export const getWebhookSecret = async (project: string, id: string): Promise<string> => {
  const { secret } = await unwrap(
    api.GET('/v1/projects/{project}/webhooks/{id}/secret', ofWebhook(project, id)),
  );
  return secret;
};

/** @param overlapSeconds how long the old secret signs as well; 0 ends it at once */
export const rotateWebhookSecret = (project: string, id: string, overlapSeconds: number) =>
  unwrap(
    api.POST('/v1/projects/{project}/webhooks/{id}/rotate-secret', {
      ...ofWebhook(project, id),
      body: { overlapSeconds },
    }),
  );

export const testWebhook = (project: string, id: string) =>
  unwrap(api.POST('/v1/projects/{project}/webhooks/{id}/test', ofWebhook(project, id)));

/** Prefix of the query keys of all deliveries of a webhook. */
export const deliveriesKey = (project: string, id: string) =>
  ['project', project, 'webhooks', id, 'deliveries'] as const;

/** Deliveries of a webhook, newest first, page by page. @param state `null` for all */
export const deliveriesQuery = (project: string, id: string, state: DeliveryState | null) =>
  infiniteQueryOptions({
    queryKey: [...deliveriesKey(project, id), state],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/webhooks/{id}/deliveries', {
          params: {
            path: { project, id },
            query: {
              limit: PAGE,
              ...(state === null ? {} : { state }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: 0,
    gcTime: 0,
    // A log of many pages would be loaded page by page.
    refetchInterval: ({ state: { data } }) => {
      if (data?.pages.length !== 1) return false;
      const isWaiting = data.pages[0]?.deliveries.some((each) => each.state === 'pending');
      return isWaiting ? SOON_MS : POLL_MS;
    },
  });

/** A delivery with its attempts. @param attempts of the list: with another one, there is more to load */
export const deliveryQuery = (project: string, id: string, delivery: string, attempts: number) =>
  queryOptions({
    queryKey: [...deliveriesKey(project, id), 'one', delivery, attempts],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}', {
          ...ofDelivery(project, id, delivery),
          signal,
        }),
      ),
    staleTime: 0,
  });

export const redeliver = (project: string, id: string, delivery: string) =>
  unwrap(
    api.POST(
      '/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/redeliver',
      ofDelivery(project, id, delivery),
    ),
  );
