import type { ComponentProps } from 'react';
import { cx } from './class-names.js';

const VARIANTS = {
  primary:
    'bg-accent text-on-accent border-transparent hover:bg-accent-strong disabled:bg-hover disabled:text-muted',
  secondary: 'bg-surface text-ink border-edge hover:bg-hover disabled:text-muted',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-hover disabled:text-muted',
  danger:
    'bg-surface text-danger border-danger hover:bg-danger-soft disabled:text-muted disabled:border-edge',
} as const;

const SIZES = {
  md: 'min-h-9 px-3.5 py-1.5 gap-2',
  sm: 'min-h-7 px-2.5 py-0.5 gap-1.5 text-sm',
} as const;

export type ButtonVariant = keyof typeof VARIANTS;

/** Class names of a button, for a link that looks like one. */
export const buttonClass = (
  variant: ButtonVariant = 'secondary',
  size: keyof typeof SIZES = 'md',
): string =>
  cx(
    'inline-flex items-center justify-center rounded-md border font-medium whitespace-nowrap',
    'transition-colors duration-100 select-none disabled:cursor-not-allowed',
    VARIANTS[variant],
    SIZES[size],
  );

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant;
  readonly size?: keyof typeof SIZES;
  /** Work is under way: the button keeps its place and focus and does nothing. */
  readonly busy?: boolean;
  /** Has the focus when its dialog opens. */
  readonly 'data-autofocus'?: boolean;
}

export function Button({
  variant = 'secondary',
  size = 'md',
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
      className={cx(buttonClass(variant, size), busy && 'cursor-progress', className)}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

/** A turning ring, for decoration: the words beside it say what happens. */
export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 shrink-0 animate-[turn_700ms_linear_infinite] rounded-full border-2 border-current border-r-transparent"
    />
  );
}
