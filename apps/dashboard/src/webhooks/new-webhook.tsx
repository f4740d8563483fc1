import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { createWebhook, type WebhookFields, webhooksQuery } from '../api/webhooks.js';
import { Button } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { urlRefusal } from './url-refusal.js';
import { fieldsOf, type WebhookInput, WebhookInputs } from './webhook-fields.js';

/** Adds a webhook, then shows the secret that its app needs. */
export function NewWebhook({
  project,
  onClose,
}: {
  readonly project: string;
  readonly onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [input, setInput] = useState<WebhookInput>({ url: '', types: null });
  const create = useMutation({
    mutationFn: (fields: WebhookFields) => createWebhook(project, fields),
    onSuccess: () => queryClient.invalidateQueries(webhooksQuery(project)),
  });
  if (create.data) {
    const { id, secret } = create.data;
    const open = () =>
      navigate({ to: '/dashboard/projects/$project/webhooks/$id', params: { project, id } });
    return (
      <Dialog
        key="created"
        title="The webhook is added"
        description="Your app checks with this secret that an event comes from your server. Put it where the app reads its settings; you can see it again on the page of the webhook."
        onClose={open}
      >
        <CodeBlock of=".env of your app" code={`AURA_WEBHOOK_SECRET=${secret}`} />
        <DialogActions>
          <Button variant="primary" onClick={open}>
            Open the webhook
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  const fields = fieldsOf(input);
  const refusal = urlRefusal(create.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fields !== null) create.mutate(fields);
  };
  return (
    <Dialog title="New webhook" onClose={onClose}>
      <form onSubmit={submit} noValidate className="grid gap-4">
        {refusal === undefined && <ErrorNotice error={create.error} />}
        <WebhookInputs
          input={input}
          refusal={refusal}
          onChange={(changed) => {
            create.reset();
            setInput(changed);
          }}
        />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            busy={create.isPending}
            disabled={fields === null}
          >
            Add webhook
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
