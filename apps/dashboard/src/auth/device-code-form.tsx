import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';

const CODE_LENGTH = 8;

/** Formats typed or pasted characters as a code: `abcdefgh` becomes `ABCD-EFGH`. */
export function formatUserCode(typed: string): string {
  const characters = typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, CODE_LENGTH);
  const half = CODE_LENGTH / 2;
  return characters.length > half
    ? `${characters.slice(0, half)}-${characters.slice(half)}`
    : characters;
}

export const isCompleteUserCode = (code: string): boolean => code.length === CODE_LENGTH + 1;

/** Asks for the code that `aura login` shows. */
export function DeviceCodeForm({
  code,
  onChange,
  onSubmit,
  error,
  busy,
}: {
  readonly code: string;
  readonly onChange: (code: string) => void;
  readonly onSubmit: () => void;
  readonly error: unknown;
  readonly busy: boolean;
}) {
  const [incomplete, setIncomplete] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIncomplete(!isCompleteUserCode(code));
    if (isCompleteUserCode(code)) onSubmit();
  };
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <ErrorNotice error={error} />
      <Field label="Code" error={incomplete ? 'A code has eight characters.' : undefined}>
        <Input
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          required
          placeholder="ABCD-EFGH"
          className="h-12 text-center font-mono text-xl tracking-[0.2em] uppercase"
          value={code}
          onChange={(event) => {
            setIncomplete(false);
            onChange(formatUserCode(event.target.value));
          }}
        />
      </Field>
      <Button variant="primary" type="submit" busy={busy}>
        Continue
      </Button>
    </form>
  );
}
