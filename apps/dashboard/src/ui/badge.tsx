import { cva, type VariantProps } from 'class-variance-authority';
import type { ReactNode } from 'react';

const badgeVariants = cva(
  'inline-flex items-center gap-1 rounded-sm border px-1.5 text-xs leading-5 font-medium whitespace-nowrap',
  {
    variants: {
      tone: {
        plain: 'border-line text-muted',
        accent: 'border-transparent bg-accent-soft text-accent-strong',
        warn: 'border-transparent bg-warn-soft text-warn',
      },
    },
    defaultVariants: { tone: 'plain' },
  },
);

/** A short label for the thing beside it. */
export function Badge({
  tone,
  children,
}: VariantProps<typeof badgeVariants> & { readonly children: ReactNode }) {
  return <span className={badgeVariants({ tone })}>{children}</span>;
}
