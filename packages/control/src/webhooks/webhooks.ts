import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  projectParam,
  type Route,
  time,
  z,
} from '@auraimage/http';
import type { Webhook, WebhookUrlProblem } from '@auraimage/ports';
import { EVENT_TYPES } from '@auraimage/protocol';
import type { ProjectGrant } from '../auth/access.js';
import { hasPermission } from '../auth/permissions.js';
import type { ControlDependencies } from '../dependencies.js';
import { originOf } from '../images/image-changes.js';
import { deliveryBody, toDeliveryBody } from './deliveries.js';
import { makeWebhookSecret } from './message.js';

/** Maximum number of webhooks of a project. */
const MAX_WEBHOOKS = 10;
const MAX_URL_LENGTH = 2048;
/** Maximum overlap of a rotation, in seconds: 7 days. */
const MAX_OVERLAP_SECONDS = 604_800;
const DEFAULT_OVERLAP_SECONDS = 86_400;

const tags = ['Webhooks'];

const fields = {
  url: z.string().min(1).max(MAX_URL_LENGTH).openapi({
    description: 'Where events are sent to, by `POST`',
    example: 'https://app.example/api/webhooks/aura',
  }),
  types: z
    .array(z.enum(EVENT_TYPES))
    .max(EVENT_TYPES.length)
    .openapi({
      description:
        'Types of the events that it gets; empty for all, including those of later versions',
      example: ['image.uploaded', 'image.deleted'],
    }),
};

const webhook = z.object({
  id: z.string().openapi({ example: 'wh_0b6c6a3e-7f0c-4a55-8c0a-0d6e2f3b9c11' }),
  url: z.string().openapi({
    description: 'Where events are sent to. Its origin only, for those who may not change webhooks',
    example: 'https://app.example/api/webhooks/aura',
  }),
  types: fields.types,
  enabled: z.boolean().openapi({
    description: 'A disabled webhook gets no event of the time in which it is disabled',
  }),
  disabledReason: z
    .enum(['gone'])
    .nullable()
    .openapi({ description: '`gone`: the server disabled it, because it responded with 410' }),
  previousSecretUntil: time(
    'When the previous secret stops signing; `null` unless one signs',
  ).nullable(),
  createdAt: time(),
});

const webhookBody = webhook.openapi('Webhook');

const secret = z.string().openapi({
  description: 'Signs the events. Verify them with a library of Standard Webhooks',
  example: 'whsec_…',
});

const newWebhookBody = webhook.extend({ secret }).openapi('NewWebhook');

const secretBody = z
  .object({
    secret,
    previous: z
      .object({ secret, endsAt: time('When it stops signing') })
      .nullable()
      .openapi({
        description: 'The previous secret while both sign, else `null`',
      }),
  })
  .openapi('WebhookSecret');

const webhookParams = projectParam.extend({
  id: z.string().openapi({ description: 'Id of the webhook' }),
});

/** `/v1/projects/{project}/webhooks` */
export function webhookRoutes({ ports, access }: ControlDependencies): Route[] {
  const { webhooks, sender } = ports;

  async function checkUrl(url: string): Promise<void> {
    const problem = await sender.problemOf(url);
    if (problem !== null) {
      throw new ApiError('webhook_url_refused', { message: URL_PROBLEMS[problem] });
    }
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/webhooks',
      hosts: ['app'],
      access: access.can('events.view'),
      doc: {
        operationId: 'listWebhooks',
        tags,
        summary: 'List webhooks',
        description: 'Oldest first.',
      },
      params: projectParam,
      success: {
        status: 200,
        schema: z.object({ webhooks: z.array(webhookBody) }),
        description: 'The webhooks',
      },
      handler: async ({ access }) => ({
        webhooks: (await webhooks.list(access.project.id)).map((one) => shownTo(access, one)),
      }),
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/webhooks',
      hosts: ['app'],
      access: access.can('webhooks.manage'),
      doc: {
        operationId: 'createWebhook',
        tags,
        summary: 'Create a webhook',
        description:
          'Every event of a change that is made after the response is sent to the URL, at least once and in order per image. The URL must be `https:` and must not have an address in a private network, unless the operator allows it. A project can have 10 webhooks.',
      },
      params: projectParam,
      body: z.strictObject({ url: fields.url, types: fields.types.default([]) }),
      errors: ['webhook_url_refused', 'webhook_limit', 'project_not_found'],
      success: { status: 201, schema: newWebhookBody, description: 'The webhook and its secret' },
      async handler({ access, body: { url, types }, context }) {
        await checkUrl(url);
        const secret = makeWebhookSecret();
        const created = await webhooks.create(
          access.project.id,
          { url, types: unique(types), secret },
          MAX_WEBHOOKS,
          originOf(access, context),
        );
        if (created === 'limit_reached') throw new ApiError('webhook_limit');
        if (created === 'project_missing') throw new ApiError('project_not_found');
        return { ...toWebhookBody(created), secret };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/webhooks/{id}',
      hosts: ['app'],
      access: access.can('events.view'),
      doc: { operationId: 'getWebhook', tags, summary: 'Get a webhook' },
      params: webhookParams,
      errors: ['webhook_not_found'],
      success: { status: 200, schema: webhookBody, description: 'The webhook' },
      handler: async ({ access, params }) =>
        shownTo(access, existing(await webhooks.find(access.project.id, params.id))),
    }),

    defineRoute({
      method: 'PATCH',
      path: '/v1/projects/{project}/webhooks/{id}',
      hosts: ['app'],
      access: access.can('webhooks.manage'),
      doc: {
        operationId: 'changeWebhook',
        tags,
        summary: 'Change a webhook',
        description:
          'Deliveries that are pending go to the new URL. Those of a disabled webhook wait for a day.',
      },
      params: webhookParams,
      body: z.strictObject({
        url: fields.url.optional(),
        types: fields.types.optional(),
        enabled: z.boolean().optional(),
      }),
      errors: ['webhook_not_found', 'webhook_url_refused'],
      success: { status: 200, schema: webhookBody, description: 'The webhook' },
      async handler({ access, params, body: { url, types, enabled }, context }) {
        if (url !== undefined) await checkUrl(url);
        const changes = {
          ...(url !== undefined && { url }),
          ...(types !== undefined && { types: unique(types) }),
          ...(enabled !== undefined && { enabled }),
        };
        const origin = originOf(access, context);
        return toWebhookBody(
          existing(await webhooks.change(access.project.id, params.id, changes, origin)),
        );
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/{project}/webhooks/{id}',
      hosts: ['app'],
      access: access.can('webhooks.manage'),
      doc: {
        operationId: 'deleteWebhook',
        tags,
        summary: 'Delete a webhook',
        description: 'With its deliveries. Requests in flight are still made.',
      },
      params: webhookParams,
      errors: ['webhook_not_found'],
      success: { status: 204, description: 'Deleted' },
      async handler({ access, params, context }) {
        const origin = originOf(access, context);
        const removed = await webhooks.remove(access.project.id, params.id, origin);
        if (!removed) throw new ApiError('webhook_not_found');
        return undefined;
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/webhooks/{id}/secret',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'getWebhookSecret',
        tags,
        summary: 'Get the secret of a webhook',
        description: 'The audit log records it.',
      },
      params: webhookParams,
      errors: ['webhook_not_found'],
      success: { status: 200, schema: secretBody, description: 'The secret' },
      async handler({ access, params, context }) {
        const origin = originOf(access, context);
        const { current, previous } = existing(
          await webhooks.secrets(access.project.id, params.id, origin),
        );
        return {
          secret: current,
          previous: previous && { secret: previous.secret, endsAt: iso(previous.until) },
        };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/webhooks/{id}/rotate-secret',
      hosts: ['app'],
      access: access.can('secrets.manage'),
      doc: {
        operationId: 'rotateWebhookSecret',
        tags,
        summary: 'Rotate the secret of a webhook',
        description:
          'Creates a new secret. Until the overlap ends, requests have a signature of each, so consumers can change theirs at any time in between; a still older one ends now.',
      },
      params: webhookParams,
      body: z.strictObject({
        overlapSeconds: z
          .number()
          .int()
          .min(0)
          .max(MAX_OVERLAP_SECONDS)
          .default(DEFAULT_OVERLAP_SECONDS)
          .openapi({ description: 'How long the old secret signs as well; 0: not at all' }),
      }),
      bodyIsOptional: true,
      errors: ['webhook_not_found'],
      success: { status: 200, schema: newWebhookBody, description: 'The webhook and its secret' },
      async handler({ access, params, body: { overlapSeconds }, context }) {
        const secret = makeWebhookSecret();
        const rotated = await webhooks.replaceSecret(
          access.project.id,
          params.id,
          secret,
          overlapSeconds * 1000,
          originOf(access, context),
        );
        return { ...toWebhookBody(existing(rotated)), secret };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/webhooks/{id}/test',
      hosts: ['app'],
      access: access.can('events.send'),
      doc: {
        operationId: 'testWebhook',
        tags,
        summary: 'Send a test event',
        description:
          'An event `webhook.test`, whatever the types of the webhook. It is delivered like any other: its delivery says what became of it.',
      },
      params: webhookParams,
      errors: ['webhook_not_found', 'webhook_disabled'],
      success: { status: 201, schema: deliveryBody, description: 'The delivery' },
      async handler({ access, params, context }) {
        const { project } = access;
        const data = { project: project.name };
        const origin = originOf(access, context);
        const made = existing(await webhooks.test(project.id, params.id, data, origin));
        if (made === 'webhook_disabled') throw new ApiError('webhook_disabled');
        return toDeliveryBody(made);
      },
    }),
  ];
}

/** A URL may contain secrets of the consumer. */
function shownTo({ role }: ProjectGrant, webhook: Webhook): z.infer<typeof webhookBody> {
  const body = toWebhookBody(webhook);
  if (role !== null && hasPermission(role, 'webhooks.manage')) return body;
  return { ...body, url: `${new URL(webhook.url).origin}/…` };
}

function toWebhookBody(webhook: Webhook): z.infer<typeof webhookBody> {
  return {
    id: webhook.id,
    url: webhook.url,
    types: [...webhook.types],
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason,
    previousSecretUntil: isoOrNull(webhook.previousSecretUntil),
    createdAt: iso(webhook.createdAt),
  };
}

/** @throws {ApiError} `webhook_not_found` for `null` */
function existing<T>(found: T | null): T {
  if (found === null) throw new ApiError('webhook_not_found');
  return found;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

const URL_PROBLEMS: Readonly<Record<WebhookUrlProblem, string>> = {
  invalid_url: 'The URL of the webhook is not an absolute https: URL',
  credentials: 'The URL of a webhook cannot have a user name or a password',
  port_refused: 'The port in the URL of the webhook belongs to another protocol',
  https_required: 'The URL of a webhook must begin with https:',
  address_refused:
    'The host of the webhook is in a private network, which this server does not send to',
};
