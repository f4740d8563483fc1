import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { endGrace, getServeSecret, graceQuery, rotateServeSecret } from '../api/secrets.js';
import type { Grace } from '../api/types.js';
import { invalidateUrls } from '../images/image-lists.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { formatDateTime, formatItems } from '../ui/format.js';
import { Notice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { RotateDialog } from '../ui/rotate-dialog.js';
import { SecretField } from '../ui/secret-field.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';

const POLL_MS = 15_000;

export function ServeSecret({ project }: { readonly project: string }) {
  const grace = useQuery({
    ...graceQuery(project),
    // The number of reads that used the previous secret tells when it is safe to end it.
    refetchInterval: ({ state }) => (state.data?.previous ? POLL_MS : false),
  });
  const [rotating, setRotating] = useState(false);
  const [rotations, setRotations] = useState(0);
  return (
    <Section
      id="serve-secret"
      title="Serve secret"
      description="Signs the links to private images. Keep it on your server: anyone who has it can open every private image of this project."
    >
      {/* The key hides a revealed secret after a rotation. */}
      <SecretField
        key={`${project} ${rotations}`}
        secret={() => getServeSecret(project)}
        label="Serve secret"
        prefix="psk_live_"
      />
      <Loaded query={grace}>
        {({ previous }) => (
          <>
            {previous && <GraceNotice project={project} previous={previous} />}
            <div>
              <Button onClick={() => setRotating(true)}>Rotate…</Button>
            </div>
            {rotating && (
              <RotateServeSecret
                project={project}
                hasPrevious={previous !== null}
                onRotated={() => setRotations(rotations + 1)}
                onClose={() => setRotating(false)}
              />
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** Says that the previous secret still works and how many reads used it. Can end it early. */
function GraceNotice({
  project,
  previous: { endsAt, readsLast24Hours: count, lastReadAt },
}: {
  readonly project: string;
  readonly previous: NonNullable<Grace['previous']>;
}) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [ending, setEnding] = useState(false);
  const reads = formatItems(count, 'read');
  return (
    <Notice tone="warn" title="The previous secret still works">
      <p>Links that it signed work until {formatDateTime(endsAt)}.</p>
      {count === 0 ? (
        <p>No read used it in the last 24 hours.</p>
      ) : (
        <p>
          {reads} used it in the last 24 hours
          {lastReadAt && (
            <>
              , last <RelativeTime iso={lastReadAt} />
            </>
          )}
          .
        </p>
      )}
      <div className="pt-1">
        <Button size="sm" variant="danger" onClick={() => setEnding(true)}>
          End it now…
        </Button>
      </div>
      {ending && (
        <ConfirmDialog
          title="End the previous serve secret?"
          action="End it now"
          onClose={() => setEnding(false)}
          onConfirm={async () => {
            const after = await endGrace(project);
            queryClient.setQueryData(graceQuery(project).queryKey, after);
            invalidateUrls(queryClient, project);
            toast({ text: 'The previous serve secret has ended' });
          }}
        >
          Every link that it signed stops working immediately.{' '}
          {count > 0 && `In the last 24 hours, ${reads} still used such a link.`}
        </ConfirmDialog>
      )}
    </Notice>
  );
}

const GRACE_PERIODS = [
  {
    value: 'week',
    label: 'They work for 7 more days',
    hint: 'No link breaks, because no link lives longer. You have time to update every server.',
    seconds: 604_800,
  },
  {
    value: 'day',
    label: 'They work for 24 more hours',
    hint: 'Links with a longer lifetime end early.',
    seconds: 86_400,
  },
  {
    value: 'hour',
    label: 'They work for 1 more hour',
    hint: 'If you can update all servers quickly.',
    seconds: 3600,
  },
  {
    value: 'none',
    label: 'They end now',
    hint: 'If the secret has leaked. Every outstanding link breaks immediately.',
    seconds: 0,
  },
] as const;

function RotateServeSecret({
  project,
  hasPrevious,
  onRotated,
  onClose,
}: {
  readonly project: string;
  /** A previous secret still works; this rotation ends it. */
  readonly hasPrevious: boolean;
  readonly onRotated: () => void;
  readonly onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const toast = useToast();
  return (
    <RotateDialog
      title="Rotate the serve secret"
      description="The server creates a new secret. Choose what happens to links that the old secret signed."
      label="What happens to old links"
      overlaps={GRACE_PERIODS}
      initial="week"
      rotate={async (seconds) => {
        const after = await rotateServeSecret(project, seconds);
        queryClient.setQueryData(graceQuery(project).queryKey, after);
        onRotated();
        // The cached addresses are signed with the old secret.
        invalidateUrls(queryClient, project);
        toast({ text: 'The serve secret is rotated. Update it on your servers.' });
      }}
      onClose={onClose}
    >
      {hasPrevious && (
        <Notice tone="warn">
          The secret from before the last rotation ends now: only one previous secret works at a
          time.
        </Notice>
      )}
    </RotateDialog>
  );
}
