import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { nameQuery } from '../api/projects.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { useDebounced } from '../ui/use-debounced.js';

const MAX_LENGTH = 40;
const DEBOUNCE_MS = 300;

/** Converts typed text to characters that a name can contain: `My App` becomes `my-app`. */
export function toProjectName(typed: string): string {
  return typed
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, MAX_LENGTH);
}

/** Whether a name is complete enough to ask the server about it. */
export const isCompleteName = (name: string): boolean => /^[a-z0-9-]{2,40}$/.test(name);

const PROBLEMS = {
  invalid: '2 to 40 lowercase letters, digits and dashes.',
  reserved: 'This name is reserved for the server.',
  taken: 'This name is taken.',
} as const;

/** A field for a project name that checks availability while the person types. */
export function ProjectNameField({
  value,
  onChange,
  onCheck,
}: {
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Called with whether the form can be submitted: the name is complete, and not known to be refused. */
  readonly onCheck: (canSubmit: boolean) => void;
}) {
  const debounced = useDebounced(value, DEBOUNCE_MS);
  const isCurrent = debounced === value;
  const isComplete = isCompleteName(value);
  const check = useQuery({
    ...nameQuery(debounced),
    enabled: isCompleteName(debounced),
    retry: false,
  });
  const result = isCurrent ? check.data : undefined;
  // The server checks again on submit, so the form waits for no check.
  const canSubmit = isComplete && result?.available !== false;
  useEffect(() => onCheck(canSubmit), [canSubmit, onCheck]);

  const isInvalid = value !== '' && isCurrent && !isComplete;
  const problem = result?.reason ?? (isInvalid ? 'invalid' : null);
  return (
    <Field
      label="Name"
      error={problem ? PROBLEMS[problem] : undefined}
      hint={
        <>
          Lowercase letters, digits and dashes. The name is part of the address of every image.
          <span aria-live="polite" className="block min-h-[1lh]">
            {isComplete && !result && !check.isError && 'Checking availability…'}
            {result?.available && <span className="text-ok">This name is available</span>}
            {isComplete && isCurrent && check.error && (
              <span className="text-danger">
                The name could not be checked. You can submit it anyway.{' '}
                {explainInOneLine(check.error)}
              </span>
            )}
          </span>
        </>
      }
    >
      <Input
        name="project-name"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
        className="font-mono"
        value={value}
        onChange={(event) => onChange(toProjectName(event.target.value))}
      />
    </Field>
  );
}
