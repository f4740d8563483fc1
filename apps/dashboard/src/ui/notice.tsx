import type { ReactNode } from 'react';
import { texts } from '../texts/index.js';
import { cx } from './class-names.js';
import { explainError } from './explain-error.js';
import { AlertIcon } from './icons.js';

const TONES = {
  plain: 'border-line bg-sunken',
  warn: 'border-warn/40 bg-warn-soft',
  danger: 'border-danger/40 bg-danger-soft',
  private: 'border-private/40 bg-private-soft',
} as const;

export interface NoticeProps {
  readonly tone?: keyof typeof TONES;
  readonly title?: string;
  readonly children?: ReactNode;
  readonly className?: string;
  readonly role?: 'alert' | 'status' | 'note';
}

/** A sentence or two that must not be missed. */
export function Notice({ tone = 'plain', title, children, className, role }: NoticeProps) {
  return (
    <div
      role={role}
      className={cx('flex gap-2.5 rounded-md border px-3 py-2.5 text-sm', TONES[tone], className)}
    >
      {tone !== 'plain' && <AlertIcon className={cx('mt-0.5 size-4', ICON_TONES[tone])} />}
      <div className="grid min-w-0 gap-1">
        {title && <p className="font-medium">{title}</p>}
        {children}
      </div>
    </div>
  );
}

const ICON_TONES = { warn: 'text-warn', danger: 'text-danger', private: 'text-private' } as const;

/** What has failed and what to do about it. Shows nothing without an error. */
export function ErrorNotice({
  error,
  children,
  className,
}: {
  readonly error: unknown;
  readonly children?: ReactNode;
  readonly className?: string;
}) {
  if (error === null || error === undefined) return null;
  const { title, advice, requestId } = explainError(error);
  return (
    <Notice tone="danger" role="alert" title={title} {...(className ? { className } : {})}>
      <p>{advice}</p>
      {requestId && (
        <p className="font-mono text-xs break-all text-muted">
          {texts.common.request} {requestId}
        </p>
      )}
      {children}
    </Notice>
  );
}
