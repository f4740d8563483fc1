import { type ReactNode, useEffect } from 'react';
import { texts } from '../texts/index.js';
import { cx } from './class-names.js';

/** Names the page in the tab and for the announcement of the route. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${texts.common.product}`;
  }, [title]);
}

export function PageHeader({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 pb-6">
      <div className="grid gap-1">
        <h1 className="text-2xl leading-tight">{title}</h1>
        {children && <div className="max-w-prose text-muted">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

export interface SectionProps {
  readonly title: string;
  readonly id?: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  readonly danger?: boolean;
}

/** A part of a page of settings: what it is on the left, its controls on the right. */
export function Section({ title, id, description, children, danger = false }: SectionProps) {
  return (
    <section
      id={id}
      aria-label={title}
      className="grid scroll-mt-20 gap-x-10 gap-y-4 border-t border-line py-8 lg:grid-cols-[17rem_minmax(0,1fr)]"
    >
      <div className="grid content-start gap-1.5">
        <h2 className={cx('text-base', danger && 'text-danger')}>{title}</h2>
        {description && <div className="max-w-prose text-sm text-muted">{description}</div>}
      </div>
      <div className="grid min-w-0 content-start gap-4">{children}</div>
    </section>
  );
}
