import { at, click, confirm, type FailingRequest, fill, value } from './failing-steps.js';

const WEBHOOKS = at('/dashboard/projects/my-app/webhooks');

/** What the requests are about. */
export interface WebhookFacts {
  /** Id of a webhook, to which a test event was sent. */
  webhook: string;
}

/** On the page of the webhooks, and on that of one. */
export const ofWebhooks = (facts: WebhookFacts): readonly FailingRequest[] => {
  const path = () => `${WEBHOOKS()}/${facts.webhook}`;
  return [
    { request: 'GET /v1/projects/{project}/webhooks', path: WEBHOOKS },
    {
      request: 'POST /v1/projects/{project}/webhooks',
      path: WEBHOOKS,
      prepare: async (page) => {
        await click('New webhook')(page);
        await fill('URL', 'https://app.example/hook')(page);
      },
      make: confirm('Add webhook'),
      kept: value('URL'),
      typed: 'https://app.example/hook',
    },
    { request: 'GET /v1/projects/{project}/webhooks/{id}', path },
    {
      request: 'PATCH /v1/projects/{project}/webhooks/{id}',
      path,
      prepare: fill('URL', 'https://app.example/later'),
      make: click('Save webhook'),
      kept: value('URL'),
      typed: 'https://app.example/later',
    },
    {
      request: 'DELETE /v1/projects/{project}/webhooks/{id}',
      path,
      prepare: click('Delete…'),
      make: confirm('Delete webhook'),
    },
    {
      request: 'GET /v1/projects/{project}/webhooks/{id}/secret',
      path,
      make: click('Show Webhook secret'),
    },
    {
      request: 'POST /v1/projects/{project}/webhooks/{id}/rotate-secret',
      path,
      prepare: async (page) => {
        await click('Rotate…')(page);
        await page.getByText('Both sign for 1 hour').click();
      },
      make: confirm('Rotate secret'),
      kept: (page) => page.getByRole('radio', { name: /1 hour/ }).isChecked(),
      typed: true,
    },
    {
      request: 'POST /v1/projects/{project}/webhooks/{id}/test',
      path,
      make: click('Send a test event'),
    },
    { request: 'GET /v1/projects/{project}/webhooks/{id}/deliveries', path },
    {
      request: 'GET /v1/projects/{project}/webhooks/{id}/deliveries/{delivery}',
      path,
      make: async (page) => {
        const first = page.getByRole('button', { name: /^Test event/, expanded: false });
        await first
          .or(page.getByRole('button', { name: 'Try again' }))
          .first()
          .click();
      },
    },
    {
      request: 'POST /v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/redeliver',
      path,
      prepare: click(/^Test event/),
      make: click(/^Send (?:now|again)$/),
    },
  ];
};
