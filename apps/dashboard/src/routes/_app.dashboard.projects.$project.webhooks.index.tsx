import { useQuery } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { PlusIcon } from 'lucide-react';
import { useState } from 'react';
import { projectQuery } from '../api/projects.js';
import type { Webhook } from '../api/types.js';
import { webhooksQuery } from '../api/webhooks.js';
import { DOCS } from '../shell/docs.js';
import { Badge } from '../ui/badge.js';
import { Button, buttonVariants } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { Row, Rows } from '../ui/rows.js';
import { EmptyState, Loaded } from '../ui/states.js';
import { NewWebhook } from '../webhooks/new-webhook.js';
import { describeTypes } from '../webhooks/webhook-fields.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/webhooks/')({
  component: WebhooksPage,
});

const LISTEN = 'aura listen --forward-to http://localhost:3000/api/webhooks/aura';

/** The webhooks of a project. */
function WebhooksPage() {
  const { project } = Route.useParams();
  useTitle(`Webhooks · ${project}`);
  const webhooks = useQuery(webhooksQuery(project));
  const isOwner = useQuery(projectQuery(project)).data?.role === 'owner';
  const [creating, setCreating] = useState(false);
  const newWebhook = isOwner && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <PlusIcon />
      New webhook
    </Button>
  );
  return (
    <PageBody>
      <PageHeader title="Webhooks" actions={newWebhook}>
        Your app gets a request for every upload, change and deletion.
      </PageHeader>
      <Loaded query={webhooks}>
        {({ webhooks: all }) =>
          all.length === 0 ? (
            <EmptyState
              title="No webhooks yet"
              actions={
                <>
                  {newWebhook}
                  <a href={`${DOCS}/guides/webhooks`} className={buttonVariants()}>
                    How to receive them
                  </a>
                </>
              }
              more={<CodeBlock of="On your machine, without a webhook" code={LISTEN} />}
            >
              {isOwner ? 'Add the address of your app.' : 'An owner can add the address of an app.'}{' '}
              It gets each event at least once, in order for each image, also if it was down for a
              while.
            </EmptyState>
          ) : (
            <Rows label="Webhooks">
              {all.map((webhook) => (
                <WebhookRow key={webhook.id} project={project} webhook={webhook} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {creating && <NewWebhook project={project} onClose={() => setCreating(false)} />}
    </PageBody>
  );
}

function WebhookRow({
  project,
  webhook: { id, url, types, enabled, disabledReason },
}: {
  readonly project: string;
  readonly webhook: Webhook;
}) {
  return (
    <Row
      title={<span className="font-mono text-sm break-all">{url}</span>}
      badge={
        !enabled && (
          <Badge tone="warn">{disabledReason === 'gone' ? 'Ended by your app' : 'Disabled'}</Badge>
        )
      }
      actions={
        <Link
          to="/dashboard/projects/$project/webhooks/$id"
          params={{ project, id }}
          aria-label={`Open ${url}`}
          className={buttonVariants({ size: 'sm' })}
        >
          Open
        </Link>
      }
    >
      <span>{describeTypes(types)}</span>
    </Row>
  );
}
