import { type ReactNode, useRef } from 'react';
import { useRestoreFocus } from './restore-focus.js';

/** A bordered list. Each row has a name, facts and buttons. */
export function Rows({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <ul
      aria-label={label}
      className="divide-y divide-line overflow-hidden rounded-md border border-line bg-surface"
    >
      {children}
    </ul>
  );
}

export function Row({
  title,
  badge,
  children,
  actions,
}: {
  readonly title: ReactNode;
  readonly badge?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  const row = useRef<HTMLLIElement>(null);
  useRestoreFocus(row);
  return (
    <li ref={row} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="grid min-w-0 gap-0.5">
        <div className="flex flex-wrap items-center gap-2 font-medium">
          <span className="min-w-0 break-words">{title}</span>
          {badge}
        </div>
        {children && (
          <div className="flex flex-wrap gap-x-4 text-sm text-muted tabular-nums">{children}</div>
        )}
      </div>
      {actions && <div className="flex gap-2">{actions}</div>}
    </li>
  );
}
