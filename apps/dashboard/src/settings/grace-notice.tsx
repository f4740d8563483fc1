import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { endGrace, graceQuery } from '../api/secrets.js';
import type { Grace } from '../api/types.js';
import { signedUrlsOf } from '../images/use-image-url.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { formatDateTime } from '../ui/format.js';
import { Notice } from '../ui/notice.js';
import { RelativeTime } from '../ui/time.js';
import { useToast } from '../ui/toasts.js';

/** That the secret before this one still works, who needs it, and the way to end it. */
export function GraceNotice({
  project,
  previous,
}: {
  readonly project: string;
  readonly previous: NonNullable<Grace['previous']>;
}) {
  const words = texts.settings.serveSecret.grace;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [ending, setEnding] = useState(false);
  const { endsAt, readsLast24Hours: count, lastReadAt } = previous;
  const reads = words.reads(count);
  return (
    <Notice tone="warn" title={words.title}>
      <p>{words.until(formatDateTime(endsAt))}</p>
      <p>
        {count === 0 ? (
          words.unused
        ) : (
          <>
            {words.used(reads)}
            {lastReadAt && (
              <>
                {', '}
                {words.lastRead} <RelativeTime iso={lastReadAt} />
              </>
            )}
            .
          </>
        )}
      </p>
      <div className="pt-1">
        <Button size="sm" variant="danger" onClick={() => setEnding(true)}>
          {words.end}
        </Button>
      </div>
      {ending && (
        <ConfirmDialog
          title={words.endTitle}
          action={words.endAction}
          onClose={() => setEnding(false)}
          onConfirm={async () => {
            const after = await endGrace(project);
            queryClient.setQueryData(graceQuery(project).queryKey, after);
            signedUrlsOf(project).renewAll();
            toast({ text: words.ended });
          }}
        >
          {words.endText} {count > 0 && words.endEvidence(reads)}
        </ConfirmDialog>
      )}
    </Notice>
  );
}
