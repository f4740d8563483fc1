import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { cn } from './cn.js';
import { FailedNotice } from './notice.js';

/** A grey bar in place of content that is loading. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden="true" className={cn('skeleton', className)} />;
}

/** Skeletons, announced as "Loading…". */
export function LoadingArea({
  className,
  children,
}: {
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <div role="status" className={cn('grid', className)}>
      <span className="sr-only">Loading…</span>
      {children}
    </div>
  );
}

/** A list that is loading. */
export function SkeletonRows({ rows = 3 }: { readonly rows?: number }) {
  return (
    <LoadingArea className="gap-3">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} className="h-10" />
      ))}
    </LoadingArea>
  );
}

export interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly skeleton?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** Renders the data of a query: a skeleton while it loads, the error with a retry button if it fails. */
export function Loaded<Data>({ query, skeleton = <SkeletonRows />, children }: LoadedProps<Data>) {
  // After a failed refresh the old data stays, below the error.
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

/** Shown in place of an empty list: explains what belongs here and how to add it. */
export function EmptyState({
  title,
  heading: Heading = 'h2',
  children,
  actions,
  more,
}: {
  readonly title: string;
  /** `h1` if the page has no other heading. */
  readonly heading?: 'h1' | 'h2';
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Below the actions, such as code. */
  readonly more?: ReactNode;
}) {
  return (
    <div className="crop-marks grid grid-cols-[minmax(0,1fr)] justify-items-center gap-3 px-6 py-12 text-center">
      <Heading className="text-lg">{title}</Heading>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {actions && <div className="flex flex-wrap justify-center gap-2 pt-2">{actions}</div>}
      {more && <div className="w-full max-w-2xl pt-4 text-left">{more}</div>}
    </div>
  );
}
