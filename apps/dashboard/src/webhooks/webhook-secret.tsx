import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../api/types.js';
import { getWebhookSecret, rotateWebhookSecret, webhookQuery } from '../api/webhooks.js';
import { Button } from '../ui/button.js';
import { type Choice, Choices } from '../ui/choices.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { formatDateTime } from '../ui/format.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { SecretField } from '../ui/secret-field.js';
import { useToast } from '../ui/toasts.js';

/** Shows the secret of a webhook, and rotates it. */
export function WebhookSecret({
  project,
  webhook: { id, previousSecretUntil },
}: {
  readonly project: string;
  readonly webhook: Webhook;
}) {
  const [rotating, setRotating] = useState(false);
  const [rotations, setRotations] = useState(0);
  return (
    <Section
      title="Secret"
      description="Your app checks with it that an event comes from this server, and is not changed on its way."
    >
      {/* The key hides a revealed secret after a rotation. */}
      <SecretField
        key={rotations}
        secret={() => getWebhookSecret(project, id)}
        label="Webhook secret"
        prefix="whsec_"
      />
      {previousSecretUntil !== null && (
        <Notice tone="warn" title="Both secrets sign">
          <p>
            Your app accepts events with the previous one, too, until{' '}
            {formatDateTime(previousSecretUntil)}. Give it the new one before.
          </p>
        </Notice>
      )}
      <div>
        <Button onClick={() => setRotating(true)}>Rotate…</Button>
      </div>
      {rotating && (
        <RotateDialog
          project={project}
          id={id}
          onRotated={() => setRotations(rotations + 1)}
          onClose={() => setRotating(false)}
        />
      )}
    </Section>
  );
}

type Overlap = 'day' | 'hour' | 'none';

const OVERLAP_SECONDS: Readonly<Record<Overlap, number>> = { day: 86_400, hour: 3600, none: 0 };

const OVERLAPS: readonly Choice<Overlap>[] = [
  {
    value: 'day',
    label: 'Both sign for 24 hours',
    hint: 'No event is refused while you give the new one to your app.',
  },
  { value: 'hour', label: 'Both sign for 1 hour', hint: 'If you can do that quickly.' },
  {
    value: 'none',
    label: 'The old one ends now',
    hint: 'If it has leaked. Your app refuses events until it has the new one; they are sent again for a day.',
  },
];

function RotateDialog({
  project,
  id,
  onRotated,
  onClose,
}: {
  readonly project: string;
  readonly id: string;
  readonly onRotated: () => void;
  readonly onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [overlap, setOverlap] = useState<Overlap>('day');
  const rotate = useMutation({
    mutationFn: () => rotateWebhookSecret(project, id, OVERLAP_SECONDS[overlap]),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ ...webhookQuery(project, id), exact: true });
      onRotated();
      toast({ text: 'The secret is rotated. Give the new one to your app.' });
      onClose();
    },
  });
  return (
    <Dialog
      title="Rotate the secret"
      description="The server makes a new secret. Choose how long the old one signs as well."
      onClose={onClose}
    >
      <Choices label="The old secret" choices={OVERLAPS} value={overlap} onChange={setOverlap} />
      <ErrorNotice error={rotate.error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={overlap === 'none' ? 'danger' : 'primary'}
          busy={rotate.isPending}
          onClick={() => rotate.mutate()}
        >
          Rotate secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
