import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronRightIcon } from 'lucide-react';
import { useId, useState } from 'react';
import type { Delivery, DeliveryAttempt, DeliveryState } from '../api/types.js';
import { deliveriesKey, deliveriesQuery, deliveryQuery, redeliver } from '../api/webhooks.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { formatDateTime, formatItems } from '../ui/format.js';
import { ErrorNotice, FailedNotice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Segments } from '../ui/segments.js';
import { EmptyState, Loaded, SkeletonRows } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { eventLabel } from './webhook-fields.js';

const STATES = [
  { value: 'all', label: 'All' },
  { value: 'pending', label: 'Waiting' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Failed' },
] as const;

/** What was sent to a webhook in the last days, and what waits. */
export function DeliveryLog({
  project,
  webhook,
  canSend,
}: {
  readonly project: string;
  /** Its ID. */
  readonly webhook: string;
  /** Whether this person may send an event again. */
  readonly canSend: boolean;
}) {
  const [shown, setShown] = useState<DeliveryState | 'all'>('all');
  return (
    <section aria-labelledby="deliveries" className="grid gap-4 border-t border-line py-8">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="grid gap-1">
          <h2 id="deliveries" className="text-lg leading-snug">
            Deliveries
          </h2>
          <p className="text-sm text-muted">Of the last 7 days, newest first.</p>
        </div>
        <Segments label="Show" choices={STATES} value={shown} onChange={setShown} />
      </div>
      <Deliveries
        project={project}
        webhook={webhook}
        state={shown === 'all' ? null : shown}
        canSend={canSend}
      />
    </section>
  );
}

function Deliveries({
  project,
  webhook,
  state,
  canSend,
}: {
  readonly project: string;
  readonly webhook: string;
  readonly state: DeliveryState | null;
  readonly canSend: boolean;
}) {
  const log = useInfiniteQuery(deliveriesQuery(project, webhook, state));
  const deliveries = log.data?.pages.flatMap((page) => page.deliveries);
  const failed = log.error && (
    <FailedNotice
      error={log.error}
      busy={log.isFetching}
      onRetry={() => (deliveries ? log.fetchNextPage() : log.refetch())}
    />
  );
  if (!deliveries) return failed || <SkeletonRows rows={5} />;
  if (deliveries.length === 0) {
    return (
      <EmptyState title={state === null ? 'Nothing was sent yet' : 'No such deliveries'}>
        {state === null
          ? 'Send a test event, or upload an image: every event appears here with the answer of your app.'
          : 'None of the last 7 days is in this state.'}
      </EmptyState>
    );
  }
  return (
    <>
      <ul
        aria-label="Deliveries"
        className="divide-y divide-line overflow-hidden rounded-md border border-line bg-surface"
      >
        {deliveries.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            project={project}
            webhook={webhook}
            delivery={delivery}
            canSend={canSend}
          />
        ))}
      </ul>
      {failed}
      {log.hasNextPage && (
        <div className="text-center">
          <Button busy={log.isFetchingNextPage} onClick={() => log.fetchNextPage()}>
            Show older deliveries
          </Button>
        </div>
      )}
    </>
  );
}

function DeliveryRow({
  project,
  webhook,
  delivery,
  canSend,
}: {
  readonly project: string;
  readonly webhook: string;
  readonly delivery: Delivery;
  readonly canSend: boolean;
}) {
  const { type, key, state, attempts, createdAt, nextAttemptAt } = delivery;
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2.5 px-4 py-3 text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <ChevronRightIcon className={cn('mt-1 shrink-0 text-muted', open && 'rotate-90')} />
        <span className="grid min-w-0 grow gap-0.5">
          <span className="flex flex-wrap items-center gap-2 font-medium">
            {eventLabel(type)}
            <StateBadge state={state} />
          </span>
          {key !== null && <span className="font-mono text-xs leading-5 break-all">{key}</span>}
          <span className="flex flex-wrap gap-x-4 text-sm text-muted tabular-nums">
            <RelativeTime iso={createdAt} />
            {attempts > 0 && <span>{formatItems(attempts, 'attempt')}</span>}
            {nextAttemptAt !== null && (
              <span>
                Next <RelativeTime iso={nextAttemptAt} />
              </span>
            )}
          </span>
        </span>
      </button>
      {open && (
        <div id={id} className="grid gap-4 border-t border-line bg-sunken px-4 py-4 sm:pl-10">
          <Attempts project={project} webhook={webhook} delivery={delivery} />
          {canSend && <SendAgain project={project} webhook={webhook} delivery={delivery} />}
        </div>
      )}
    </li>
  );
}

function StateBadge({ state }: { readonly state: string }) {
  if (state === 'delivered') return <Badge tone="accent">Delivered</Badge>;
  return state === 'failed' ? <Badge tone="warn">Failed</Badge> : <Badge>Waiting</Badge>;
}

function Attempts({
  project,
  webhook,
  delivery: { id, attempts },
}: {
  readonly project: string;
  readonly webhook: string;
  readonly delivery: Delivery;
}) {
  const found = useQuery(deliveryQuery(project, webhook, id, attempts));
  return (
    <Loaded query={found} skeleton={<SkeletonRows rows={1} />}>
      {({ log }) =>
        log.length === 0 ? (
          <p className="text-sm text-muted">It was not sent yet.</p>
        ) : (
          <ol aria-label="Attempts, newest first" className="grid gap-3">
            {[...log].reverse().map((attempt) => (
              <Attempt key={attempt.at} attempt={attempt} />
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

/** What a problem of the log means. */
const PROBLEMS: Readonly<Record<string, string>> = {
  address_refused: 'The address is not public, and the operator of the server does not allow it.',
  name_not_found: 'The name of the host was not found.',
  timeout: 'Your app did not answer in time.',
  connection_failed: 'No connection, or it broke off before the answer.',
  tls_failed: 'The TLS connection failed: check the certificate.',
};

function Attempt({
  attempt: { at, status, problem, milliseconds, answer },
}: {
  readonly attempt: DeliveryAttempt;
}) {
  return (
    <li className="grid gap-1.5 text-sm">
      <p className="flex flex-wrap gap-x-4 tabular-nums">
        <span className="font-medium">
          {status === null ? (PROBLEMS[problem ?? ''] ?? problem) : `Status ${status}`}
        </span>
        <span className="text-muted">{formatMilliseconds(milliseconds)}</span>
        <span className="text-muted">{formatDateTime(at)}</span>
      </p>
      {answer !== '' && (
        <pre className="rounded-md border border-line bg-surface px-3 py-2 font-mono text-xs whitespace-pre-wrap break-all">
          {answer}
        </pre>
      )}
    </li>
  );
}

const formatMilliseconds = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

function SendAgain({
  project,
  webhook,
  delivery: { id, state },
}: {
  readonly project: string;
  readonly webhook: string;
  readonly delivery: Delivery;
}) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const send = useMutation({
    mutationFn: () => redeliver(project, webhook, id),
    onSuccess: async () => {
      toast({ text: state === 'pending' ? 'The event is sent now' : 'The event is sent again' });
      await queryClient.invalidateQueries({ queryKey: deliveriesKey(project, webhook) });
    },
  });
  return (
    <div className="grid gap-3">
      <ErrorNotice error={send.error} />
      <div>
        <Button size="sm" busy={send.isPending} onClick={() => send.mutate()}>
          {state === 'pending' ? 'Send now' : 'Send again'}
        </Button>
      </div>
    </div>
  );
}
