import { isRecipient } from '@auraimage/protocol';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMayEdit } from '../api/projects.js';
import { recipientsQuery } from '../api/recipients.js';
import { DOCS } from '../shell/docs.js';
import { Button, buttonVariants } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { formatBytes, formatItems } from '../ui/format.js';
import { FailedNotice } from '../ui/notice.js';
import { EmptyState, SkeletonRows } from '../ui/states.js';
import { RecipientTable } from './recipient-table.js';

const EXAMPLE = `await aura.getSignedUrl(key, { recipient: 'customer:42' });`;

/** The recipients of a project that contain a text, or all for an empty one. */
export function RecipientList({
  project,
  q,
  onRevoke,
}: {
  readonly project: string;
  readonly q: string;
  readonly onRevoke: (sub: string) => void;
}) {
  const list = useInfiniteQuery({
    ...recipientsQuery(project, q),
    placeholderData: (before) => before,
  });
  const recipients = list.data?.pages.flatMap((page) => page.recipients);
  const others = list.data?.pages.at(-1)?.others;
  const failed = list.error && (
    <FailedNotice
      error={list.error}
      busy={list.isFetching}
      onRetry={() =>
        recipients && !list.isPlaceholderData ? list.fetchNextPage() : list.refetch()
      }
    />
  );
  if (!recipients || !others) return failed || <SkeletonRows rows={8} />;
  if (recipients.length === 0) {
    return (
      <div className="grid gap-4">
        {failed}
        {q === '' ? <NoRecipients /> : <NotFound q={q} onRevoke={onRevoke} />}
      </div>
    );
  }
  return (
    <div className="grid gap-4">
      <RecipientTable recipients={recipients} onRevoke={onRevoke} />
      {failed}
      <div className="grid justify-items-center gap-3 text-sm text-muted">
        {list.hasNextPage && (
          <Button busy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            Show more recipients
          </Button>
        )}
        {others.reads > 0 && (
          <p>
            All further recipients together: {formatItems(others.reads, 'read')},{' '}
            {formatBytes(others.sentBytes)}
          </p>
        )}
      </div>
    </div>
  );
}

function NoRecipients() {
  return (
    <EmptyState
      title="No recipients yet"
      actions={
        <a href={`${DOCS}/guides/private-images#recipients`} className={buttonVariants()}>
          How recipients work
        </a>
      }
      more={<CodeBlock of="your server" code={EXAMPLE} />}
    >
      Name the recipient when your server signs a link. Then this page shows who reads, and ends
      everything that was given to one of them.
    </EmptyState>
  );
}

/** A recipient that has read nothing so far can be revoked, too. */
function NotFound({
  q,
  onRevoke,
}: {
  readonly q: string;
  readonly onRevoke: (sub: string) => void;
}) {
  const mayEdit = useMayEdit();
  return (
    <EmptyState
      title="No recipient found"
      actions={
        mayEdit &&
        isRecipient(q) && (
          <Button variant="danger" onClick={() => onRevoke(q)}>
            Revoke {q}
          </Button>
        )
      }
    >
      Nobody whose name contains <span className="font-mono break-all">{q}</span> has read an image
      in the last 30 days. A recipient without reads can still have links.
    </EmptyState>
  );
}
