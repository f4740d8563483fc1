import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { cx } from './class-names.js';
import { ErrorNotice } from './notice.js';

/** Grey bars in the place of what is on its way. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden="true" className={cx('skeleton', className)} />;
}

/** A list on its way. */
export function SkeletonRows({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div role="status" className="grid gap-3">
      <span className="sr-only">{texts.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} className="h-10" />
      ))}
    </div>
  );
}

/** Why a query failed, and the way to ask again. Shows nothing without an error. */
export function FailedNotice({
  error,
  busy = false,
  onRetry,
  className,
}: {
  readonly error: unknown;
  readonly busy?: boolean;
  readonly onRetry: () => unknown;
  readonly className?: string;
}) {
  return (
    <ErrorNotice error={error} {...(className ? { className } : {})}>
      <div className="pt-1">
        <Button size="sm" busy={busy} onClick={() => void onRetry()}>
          {texts.common.retry}
        </Button>
      </div>
    </ErrorNotice>
  );
}

export interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly skeleton?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** What a query brought; until then a skeleton, and when it failed why and a way to ask again. */
export function Loaded<Data>({ query, skeleton = <SkeletonRows />, children }: LoadedProps<Data>) {
  // Data that was there before a failed refresh is better than none: it stays, with the error above.
  const failed = query.error && (
    <FailedNotice error={query.error} busy={query.isFetching} onRetry={query.refetch} />
  );
  if (query.data === undefined) return failed || skeleton;
  return (
    <>
      {failed}
      {children(query.data)}
    </>
  );
}

/** Where there is nothing yet: what would be here, and how it comes. */
export function EmptyState({
  title,
  heading: Heading = 'h2',
  children,
  actions,
}: {
  readonly title: string;
  /** `h1` where it is all of the page. */
  readonly heading?: 'h1' | 'h2';
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="crop-marks grid justify-items-center gap-3 px-6 py-12 text-center">
      <Heading className="text-lg">{title}</Heading>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {actions && <div className="flex flex-wrap justify-center gap-2 pt-2">{actions}</div>}
    </div>
  );
}
