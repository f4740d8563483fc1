import { type FormEvent, useState } from 'react';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { formatUserCode, isCompleteUserCode } from './user-code.js';

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
  const words = texts.access.device;
  const [incomplete, setIncomplete] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIncomplete(!isCompleteUserCode(code));
    if (isCompleteUserCode(code)) onSubmit();
  };
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <ErrorNotice error={error} />
      <Field label={words.code} error={incomplete ? words.codeIncomplete : undefined}>
        <Input
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          required
          placeholder={words.codePlaceholder}
          className="h-12 text-center font-mono text-xl tracking-[0.2em] uppercase"
          value={code}
          onChange={(event) => {
            setIncomplete(false);
            onChange(formatUserCode(event.target.value));
          }}
        />
      </Field>
      <Button variant="primary" type="submit" busy={busy}>
        {words.continue}
      </Button>
    </form>
  );
}
