import { hasCode } from '../api/errors.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';

/** A field to choose a password, with the server's rules. */
export function NewPasswordField({
  error,
  value,
  onChange,
  autoFocus = false,
}: {
  /** Shown here if it is about the password. */
  readonly error: Error | null;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoFocus?: boolean;
}) {
  return (
    <Field
      label="Choose a password"
      hint="12 characters or more. A few unrelated words are easy to remember."
      error={hasCode(error, 'password_weak') ? explainInOneLine(error) : undefined}
    >
      <Input
        type="password"
        name="password"
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={128}
        autoFocus={autoFocus}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
