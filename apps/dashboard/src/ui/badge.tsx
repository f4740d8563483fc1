import type { ReactNode } from 'react';
import { cx } from './class-names.js';

const TONES = {
  plain: 'border-line text-muted',
  accent: 'border-transparent bg-accent-soft text-accent-strong',
  private: 'border-transparent bg-private-soft text-private',
  warn: 'border-transparent bg-warn-soft text-warn',
} as const;

/** A word about the thing beside it. */
export function Badge({
  tone = 'plain',
  children,
}: {
  readonly tone?: keyof typeof TONES;
  readonly children: ReactNode;
}) {
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-sm border px-1.5 text-xs leading-5 font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
