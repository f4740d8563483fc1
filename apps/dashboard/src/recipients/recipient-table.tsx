import { useMayEdit } from '../api/projects.js';
import type { Recipient } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { formatBytes, formatCount, formatDateTime, formatDay, formatItems } from '../ui/format.js';

const HEAD = 'border-b border-line px-4 py-2 font-medium';
const CELL = 'px-4 py-2.5 max-sm:p-0';
const NUMBER = 'text-right whitespace-nowrap tabular-nums max-sm:text-left max-sm:text-muted';

/** Recipients with their reads as a table; on a phone, each is a block. */
export function RecipientTable({
  recipients,
  onRevoke,
}: {
  readonly recipients: readonly Recipient[];
  readonly onRevoke: (sub: string) => void;
}) {
  return (
    <div className="overflow-hidden rounded-md border border-line bg-surface">
      <table className="w-full text-left text-sm max-sm:block">
        <caption className="sr-only">Recipients, the most reads first</caption>
        <thead className="text-muted max-sm:sr-only">
          <tr>
            <th scope="col" className={HEAD}>
              Recipient
            </th>
            <th scope="col" className={cn(HEAD, 'text-right')}>
              Reads
            </th>
            <th scope="col" className={cn(HEAD, 'text-right')}>
              Sent
            </th>
            <th scope="col" className={cn(HEAD, 'text-right')}>
              Last read
            </th>
            <th scope="col" className={HEAD}>
              <span className="sr-only">Action</span>
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-sm:block">
          {recipients.map((recipient) => (
            <RecipientRow key={recipient.sub} recipient={recipient} onRevoke={onRevoke} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RecipientRow({
  recipient: { sub, reads, sentBytes, lastReadOn, revokedAt },
  onRevoke,
}: {
  readonly recipient: Recipient;
  readonly onRevoke: (sub: string) => void;
}) {
  const mayEdit = useMayEdit();
  return (
    <tr className="max-sm:grid max-sm:grid-cols-[auto_auto_minmax(0,1fr)_auto] max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3">
      <th scope="row" className={cn(CELL, 'font-normal max-sm:col-span-4')}>
        <span className="font-mono break-all">{sub}</span>
        {revokedAt !== null && (
          <span className="flex flex-wrap items-center gap-x-2 pt-0.5 text-xs text-muted">
            <Badge tone="warn">Revoked</Badge>
            Links from before {formatDateTime(revokedAt)} do not work
          </span>
        )}
      </th>
      <td className={cn(CELL, NUMBER)}>
        <span className="max-sm:hidden">{formatCount(reads)}</span>
        <span className="sm:hidden">{formatItems(reads, 'read')}</span>
      </td>
      <td className={cn(CELL, NUMBER)}>{formatBytes(sentBytes)}</td>
      <td className={cn(CELL, NUMBER)}>{lastReadOn === null ? '–' : formatDay(lastReadOn)}</td>
      <td className={cn(CELL, 'text-right')}>
        {mayEdit && (
          <Button
            size="sm"
            variant="danger"
            aria-label={`Revoke ${sub}`}
            onClick={() => onRevoke(sub)}
          >
            Revoke
          </Button>
        )}
      </td>
    </tr>
  );
}
