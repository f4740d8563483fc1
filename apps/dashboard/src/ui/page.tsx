import { type ReactNode, useEffect } from 'react';
import { cn } from './cn.js';

/** Sets the title of the tab, which is also announced after a navigation. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · AuraImage`;
  }, [title]);
}

/** The content area of a page, aligned with the top bar. */
export function PageBody({ children }: { readonly children: ReactNode }) {
  return <div className="mx-auto w-full max-w-7xl px-4 py-8 sm:px-6">{children}</div>;
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

/** A part of a settings page: its description on the left, its controls on the right. */
export function Section({ title, id, description, children, danger = false }: SectionProps) {
  return (
    <section
      id={id}
      aria-label={title}
      className="grid scroll-mt-20 gap-x-10 gap-y-4 border-t border-line py-8 lg:grid-cols-[17rem_minmax(0,1fr)]"
    >
      <div className="grid content-start gap-1.5">
        <h2 className={cn('text-base', danger && 'text-danger')}>{title}</h2>
        {description && <div className="max-w-prose text-sm text-muted">{description}</div>}
      </div>
      <div className="grid min-w-0 content-start gap-4">{children}</div>
    </section>
  );
}
