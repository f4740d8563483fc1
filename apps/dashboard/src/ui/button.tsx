import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from './cn.js';

/** Class names of a button, also for a link that looks like one. */
export const buttonVariants = cva(
  'inline-flex items-center justify-center rounded-md border font-medium whitespace-nowrap transition-colors duration-100 select-none disabled:cursor-not-allowed disabled:text-muted',
  {
    variants: {
      variant: {
        primary:
          'border-transparent bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover',
        secondary: 'border-edge bg-surface text-ink hover:bg-hover',
        quiet: 'border-transparent bg-transparent text-ink hover:bg-hover',
        danger:
          'border-danger bg-surface text-danger hover:bg-danger-soft disabled:border-edge disabled:hover:bg-surface',
      },
      size: {
        md: 'min-h-9 gap-2 px-3.5 py-1.5',
        sm: 'min-h-7 gap-1.5 px-2.5 py-0.5 text-sm',
        /** A square with nothing but an icon; give the button an `aria-label`. */
        icon: 'size-7 shrink-0',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);

export interface ButtonProps
  extends ComponentProps<'button'>,
    Omit<VariantProps<typeof buttonVariants>, 'class' | 'className'> {
  /** A request is in flight: the button keeps its place and focus and ignores clicks. */
  readonly busy?: boolean;
  /** Gets the focus when its dialog opens. */
  readonly 'data-autofocus'?: boolean;
}

export function Button({
  variant,
  size,
  busy = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={cn(buttonVariants({ variant, size }), busy && 'cursor-progress', className)}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

/** Decoration: the text beside it says what is happening. */
export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 shrink-0 animate-[turn_700ms_linear_infinite] rounded-full border-2 border-current border-r-transparent"
    />
  );
}
