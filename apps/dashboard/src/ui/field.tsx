import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react';
import { texts } from '../texts/index.js';
import { cx } from './class-names.js';

interface Wiring {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
}

const FieldContext = createContext<Wiring | null>(null);

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with the value, said where the value is. */
  readonly error?: ReactNode;
  readonly optional?: boolean;
  readonly className?: string;
  /** One control of this file. */
  readonly children: ReactNode;
}

/** A labelled control with its hint and its error, tied together for assistive technology. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [errorId, hintId].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cx('grid gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional && <span className="font-normal text-muted"> ({texts.common.optional})</span>}
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

const control =
  'w-full min-w-0 rounded-md border bg-surface px-3 text-ink placeholder:text-muted disabled:bg-sunken disabled:text-muted';

function useWiring() {
  const wiring = useContext(FieldContext);
  return {
    className: cx(control, wiring?.invalid ? 'border-danger' : 'border-edge'),
    attributes: {
      ...(wiring ? { id: wiring.id } : {}),
      ...(wiring?.describedBy ? { 'aria-describedby': wiring.describedBy } : {}),
      ...(wiring?.invalid ? { 'aria-invalid': true } : {}),
    },
  };
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  const wiring = useWiring();
  return (
    <input
      {...wiring.attributes}
      {...rest}
      data-autofocus={rest.autoFocus || undefined}
      className={cx(wiring.className, 'h-9 read-only:bg-sunken', className)}
    />
  );
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  const wiring = useWiring();
  return (
    <textarea
      {...wiring.attributes}
      {...rest}
      className={cx(wiring.className, 'block py-2 read-only:bg-sunken', className)}
    />
  );
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  const wiring = useWiring();
  return (
    <select {...wiring.attributes} {...rest} className={cx(wiring.className, 'h-9', className)} />
  );
}
