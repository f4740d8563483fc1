import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { ArrowLeftIcon, SendIcon } from 'lucide-react';
import { hasCode } from '../api/errors.js';
import { projectQuery } from '../api/projects.js';
import type { Webhook } from '../api/types.js';
import { deliveriesKey, testWebhook, webhookQuery } from '../api/webhooks.js';
import { Button, buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { EmptyState, Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { DeliveryLog } from '../webhooks/delivery-log.js';
import { WebhookSecret } from '../webhooks/webhook-secret.js';
import { useChangeWebhook, WebhookEnd, WebhookSettings } from '../webhooks/webhook-settings.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/webhooks/$id')({
  component: WebhookPage,
});

/** A webhook: its log, and for owners its settings and its secret. */
function WebhookPage() {
  const { project, id } = Route.useParams();
  const webhook = useQuery(webhookQuery(project, id));
  const url = webhook.data?.url;
  useTitle(`${url === undefined ? 'Webhook' : new URL(url).host} · ${project}`);
  return (
    <PageBody>
      <Link
        to="/dashboard/projects/$project/webhooks"
        params={{ project }}
        className={cn(buttonVariants({ variant: 'quiet', size: 'sm' }), '-mt-4 mb-3 -ml-2.5')}
      >
        <ArrowLeftIcon />
        All webhooks
      </Link>
      {hasCode(webhook.error, 'webhook_not_found') ? (
        <EmptyState heading="h1" title="This webhook does not exist">
          It was deleted, or its address is incomplete.
        </EmptyState>
      ) : (
        <Loaded query={webhook}>
          {(found) => <WebhookParts key={id} project={project} webhook={found} />}
        </Loaded>
      )}
    </PageBody>
  );
}

function WebhookParts({
  project,
  webhook,
}: {
  readonly project: string;
  readonly webhook: Webhook;
}) {
  const { id, url, enabled } = webhook;
  const role = useQuery(projectQuery(project)).data?.role;
  const isOwner = role === 'owner';
  const canSend = isOwner || role === 'editor';
  const queryClient = useQueryClient();
  const toast = useToast();
  const test = useMutation({
    mutationFn: () => testWebhook(project, id),
    onSuccess: async () => {
      toast({ text: 'The test event is on its way' });
      await queryClient.invalidateQueries({ queryKey: deliveriesKey(project, id) });
    },
  });
  return (
    <>
      <PageHeader
        title={new URL(url).host}
        actions={
          canSend && (
            <Button busy={test.isPending} disabled={!enabled} onClick={() => test.mutate()}>
              <SendIcon />
              Send a test event
            </Button>
          )
        }
      >
        <span className="font-mono text-sm break-all">{url}</span>
      </PageHeader>
      <div className="grid gap-4 pb-8 empty:hidden">
        <ErrorNotice error={test.error} />
        {!enabled && <DisabledNotice project={project} webhook={webhook} isOwner={isOwner} />}
      </div>
      <DeliveryLog project={project} webhook={id} canSend={canSend && enabled} />
      {isOwner && (
        <>
          <WebhookSettings project={project} webhook={webhook} />
          <WebhookSecret project={project} webhook={webhook} />
          <WebhookEnd project={project} webhook={webhook} />
        </>
      )}
    </>
  );
}

function DisabledNotice({
  project,
  webhook: { id, disabledReason },
  isOwner,
}: {
  readonly project: string;
  readonly webhook: Webhook;
  readonly isOwner: boolean;
}) {
  const enable = useChangeWebhook(project, id, 'The webhook is enabled');
  return (
    <Notice tone="warn" title="This webhook is disabled">
      <p>
        {disabledReason === 'gone'
          ? 'Your app answered with 410, which means that it wants no more events.'
          : 'Your app gets no events.'}
      </p>
      <ErrorNotice error={enable.error} />
      {isOwner && (
        <div className="pt-1">
          <Button
            size="sm"
            busy={enable.isPending}
            onClick={() => enable.mutate({ enabled: true })}
          >
            Enable
          </Button>
        </div>
      )}
    </Notice>
  );
}
