import { cva } from 'class-variance-authority';
import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react';
import { cn } from './cn.js';

interface FieldIds {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** Why the value is invalid; shown below the control. */
  readonly error?: ReactNode;
  readonly optional?: boolean;
  readonly className?: string;
  /** One `Input`, `TextArea` or `Select`. */
  readonly children: ReactNode;
}

/** A labelled control with its hint and its error, linked for assistive technology. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [errorId, hintId].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cn('grid gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional && <span className="font-normal text-muted"> (optional)</span>}
      </label>
      <FieldContext value={{ id, describedBy, invalid: Boolean(error) }}>{children}</FieldContext>
      {error && (
        <p id={errorId} role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      {hint && (
        <p id={hintId} className="text-sm text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

const controlVariants = cva(
  'w-full min-w-0 rounded-md border bg-surface px-3 text-ink placeholder:text-muted disabled:bg-sunken disabled:text-muted',
  {
    variants: {
      kind: {
        line: 'h-9 read-only:bg-sunken',
        lines: 'block py-2 read-only:bg-sunken',
        select: 'h-9',
      },
      invalid: { true: 'border-danger', false: 'border-edge' },
    },
  },
);

function useField() {
  const field = useContext(FieldContext);
  return {
    invalid: field?.invalid ?? false,
    attributes: {
      ...(field ? { id: field.id } : {}),
      ...(field?.describedBy ? { 'aria-describedby': field.describedBy } : {}),
      ...(field?.invalid ? { 'aria-invalid': true } : {}),
    },
  };
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  const { invalid, attributes } = useField();
  return (
    <input
      {...attributes}
      {...rest}
      data-autofocus={rest.autoFocus || undefined}
      className={cn(controlVariants({ kind: 'line', invalid }), className)}
    />
  );
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  const { invalid, attributes } = useField();
  return (
    <textarea
      {...attributes}
      {...rest}
      className={cn(controlVariants({ kind: 'lines', invalid }), className)}
    />
  );
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  const { invalid, attributes } = useField();
  return (
    <select
      {...attributes}
      {...rest}
      className={cn(controlVariants({ kind: 'select', invalid }), className)}
    />
  );
}
