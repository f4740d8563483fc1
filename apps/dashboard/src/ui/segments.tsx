import { type ReactNode, useId } from 'react';
import { cn } from './cn.js';

export interface SegmentsProps<Value> {
  /** Accessible name of the group. */
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: ReactNode }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** Radio buttons side by side, each with a short label. */
export function Segments<Value extends string | number>({
  label,
  choices,
  value,
  onChange,
}: SegmentsProps<Value>) {
  const name = useId();
  return (
    <fieldset className="flex w-fit rounded-md border border-edge bg-surface">
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className={cn(
            'relative flex h-[2.125rem] cursor-pointer items-center gap-1.5 px-3 text-sm whitespace-nowrap not-last:border-r not-last:border-line has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent [&:nth-child(2)]:rounded-l-md last:rounded-r-md',
            choice.value === value
              ? 'bg-accent-soft font-medium text-accent-strong'
              : 'text-muted hover:bg-hover',
          )}
        >
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="absolute inset-0 cursor-pointer opacity-0"
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
