import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../api/types.js';
import { getWebhookSecret, rotateWebhookSecret, webhookQuery } from '../api/webhooks.js';
import { Button } from '../ui/button.js';
import { formatDateTime } from '../ui/format.js';
import { Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RotateDialog } from '../ui/rotate-dialog.js';
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
  const queryClient = useQueryClient();
  const toast = useToast();
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
          title="Rotate the secret"
          description="The server makes a new secret. Choose how long the old one signs as well."
          label="The old secret"
          overlaps={OVERLAPS}
          initial="day"
          rotate={async (seconds) => {
            await rotateWebhookSecret(project, id, seconds);
            await queryClient.invalidateQueries({ ...webhookQuery(project, id), exact: true });
            setRotations(rotations + 1);
            toast({ text: 'The secret is rotated. Give the new one to your app.' });
          }}
          onClose={() => setRotating(false)}
        />
      )}
    </Section>
  );
}

const OVERLAPS = [
  {
    value: 'day',
    label: 'Both sign for 24 hours',
    hint: 'No event is refused while you give the new one to your app.',
    seconds: 86_400,
  },
  {
    value: 'hour',
    label: 'Both sign for 1 hour',
    hint: 'If you can do that quickly.',
    seconds: 3600,
  },
  {
    value: 'none',
    label: 'The old one ends now',
    hint: 'If it has leaked. Your app refuses events until it has the new one; they are sent again for a day.',
    seconds: 0,
  },
] as const;
