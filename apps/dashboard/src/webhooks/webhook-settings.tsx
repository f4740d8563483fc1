import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Webhook } from '../api/types.js';
import {
  changeWebhook,
  deleteWebhook,
  type WebhookFields,
  webhookQuery,
  webhooksQuery,
} from '../api/webhooks.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useToast } from '../ui/toasts.js';
import { urlRefusal } from './url-refusal.js';
import { fieldsOf, inputOf, type WebhookInput, WebhookInputs } from './webhook-fields.js';

/** Changes the URL and the events of a webhook. */
export function WebhookSettings({
  project,
  webhook,
}: {
  readonly project: string;
  readonly webhook: Webhook;
}) {
  const [input, setInput] = useState<WebhookInput>(() => inputOf(webhook));
  const save = useChangeWebhook(project, webhook.id, 'The webhook is saved');
  const fields = fieldsOf(input);
  const refusal = urlRefusal(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fields !== null) save.mutate(fields);
  };
  return (
    <Section title="Settings" description="Where events go, and which ones.">
      <form onSubmit={submit} noValidate className="grid gap-4">
        <WebhookInputs
          input={input}
          refusal={refusal}
          onChange={(changed) => {
            save.reset();
            setInput(changed);
          }}
        />
        {refusal === undefined && <ErrorNotice error={save.error} />}
        <div>
          <Button type="submit" busy={save.isPending} disabled={fields === null}>
            Save webhook
          </Button>
        </div>
      </form>
    </Section>
  );
}

/** Stops a webhook for a time, or removes it. */
export function WebhookEnd({
  project,
  webhook: { id, enabled },
}: {
  readonly project: string;
  readonly webhook: Webhook;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [deleting, setDeleting] = useState(false);
  const disable = useChangeWebhook(project, id, 'The webhook is disabled');
  return (
    <Section
      danger
      title="Stop"
      description="Events of the time in which a webhook is disabled are not sent later."
    >
      <ErrorNotice error={disable.error} />
      <div className="flex flex-wrap gap-2">
        {enabled && (
          <Button busy={disable.isPending} onClick={() => disable.mutate({ enabled: false })}>
            Disable
          </Button>
        )}
        <Button variant="danger" onClick={() => setDeleting(true)}>
          Delete…
        </Button>
      </div>
      {deleting && (
        <ConfirmDialog
          title="Delete this webhook?"
          action="Delete webhook"
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await deleteWebhook(project, id);
            toast({ text: 'The webhook is deleted' });
            await navigate({ to: '/dashboard/projects/$project/webhooks', params: { project } });
            await queryClient.invalidateQueries(webhooksQuery(project));
          }}
        >
          Its log goes with it, and events that have not arrived yet are not sent any more.
        </ConfirmDialog>
      )}
    </Section>
  );
}

/** Changes a webhook, updates the cache, and confirms with a toast. */
export function useChangeWebhook(project: string, id: string, message: string) {
  const queryClient = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (changes: Partial<WebhookFields> & { readonly enabled?: boolean }) =>
      changeWebhook(project, id, changes),
    onSuccess: (after) => {
      queryClient.setQueryData(webhookQuery(project, id).queryKey, after);
      void queryClient.invalidateQueries({ ...webhooksQuery(project), exact: true });
      toast({ text: message });
    },
  });
}
