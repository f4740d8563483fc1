import { cva, type VariantProps } from 'class-variance-authority';
import { TriangleAlertIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.js';
import { cn } from './cn.js';
import { explainError } from './explain-error.js';

const noticeVariants = cva('flex gap-2.5 rounded-md border px-3 py-2.5 text-sm', {
  variants: {
    tone: {
      warn: 'border-warn/40 bg-warn-soft',
      danger: 'border-danger/40 bg-danger-soft',
      private: 'border-private/40 bg-private-soft',
    },
  },
});

const iconVariants = cva('mt-0.5', {
  variants: { tone: { warn: 'text-warn', danger: 'text-danger', private: 'text-private' } },
});

export interface NoticeProps {
  readonly tone: NonNullable<VariantProps<typeof noticeVariants>['tone']>;
  readonly title?: string;
  readonly children?: ReactNode;
  readonly className?: string | undefined;
  readonly role?: 'alert' | 'status' | 'note';
}

/** An important message of a sentence or two. */
export function Notice({ tone, title, children, className, role }: NoticeProps) {
  return (
    <div role={role} className={cn(noticeVariants({ tone }), className)}>
      <TriangleAlertIcon className={iconVariants({ tone })} />
      <div className="grid min-w-0 gap-1">
        {title && <p className="font-medium">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** What failed and what to do about it. Renders nothing without an error. */
export function ErrorNotice({
  error,
  children,
  className,
}: {
  readonly error: unknown;
  readonly children?: ReactNode;
  readonly className?: string | undefined;
}) {
  if (error === null || error === undefined) return null;
  const { title, advice, requestId } = explainError(error);
  return (
    <Notice tone="danger" role="alert" title={title} className={className}>
      <p>{advice}</p>
      {requestId && (
        <p className="font-mono text-xs break-all text-muted">Request ID: {requestId}</p>
      )}
      {children}
    </Notice>
  );
}

/** Why a query failed, with a button to retry. Renders nothing without an error. */
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
    <ErrorNotice error={error} className={className}>
      <div className="pt-1">
        <Button size="sm" busy={busy} onClick={() => void onRetry()}>
          Try again
        </Button>
      </div>
    </ErrorNotice>
  );
}
