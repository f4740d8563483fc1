import { RadioGroup } from 'radix-ui';
import { useId } from 'react';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

/** Radio buttons, each with a hint that explains the choice. */
export function Choices<Value extends string>({
  label,
  choices,
  value,
  onChange,
}: {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  const id = useId();
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const chosen = choices.find((choice) => choice.value === next);
        if (chosen) onChange(chosen.value);
      }}
      className="grid gap-2"
    >
      {choices.map((choice) => (
        <div
          key={choice.value}
          className="relative flex gap-3 rounded-md border border-line px-3 py-2.5 has-data-[state=checked]:border-accent has-data-[state=checked]:bg-accent-soft"
        >
          <RadioGroup.Item
            id={`${id}-${choice.value}`}
            value={choice.value}
            aria-describedby={choice.hint ? `${id}-${choice.value}-hint` : undefined}
            className="mt-0.5 grid size-4.5 shrink-0 place-items-center rounded-full border border-edge bg-surface data-[state=checked]:border-accent"
          >
            <RadioGroup.Indicator className="size-2.5 rounded-full bg-accent" />
          </RadioGroup.Item>
          <div className="grid">
            <label
              htmlFor={`${id}-${choice.value}`}
              className="font-medium after:absolute after:inset-0"
            >
              {choice.label}
            </label>
            {choice.hint && (
              <span id={`${id}-${choice.value}-hint`} className="text-sm text-muted">
                {choice.hint}
              </span>
            )}
          </div>
        </div>
      ))}
    </RadioGroup.Root>
  );
}
