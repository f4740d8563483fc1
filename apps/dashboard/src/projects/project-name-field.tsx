import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { nameQuery } from '../api/projects.js';
import { texts } from '../texts/index.js';
import { cx } from '../ui/class-names.js';
import { explainShortly } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { isWholeName, toProjectName } from './project-name.js';

const PAUSE_MS = 300;

/** A name for a project, looked up while it is typed. */
export function ProjectNameField({
  value,
  onChange,
  onVerdict,
}: {
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Told whether the name may be sent: it is free, or nobody could tell. */
  readonly onVerdict: (free: boolean) => void;
}) {
  const words = texts.projects;
  const settled = useSettled(value);
  const whole = isWholeName(value);
  const check = useQuery({ ...nameQuery(settled), enabled: isWholeName(settled), retry: false });
  const known = settled === value ? check.data : undefined;
  // The server decides when the name is sent: a check that failed is in nobody's way.
  const free = whole && (known?.available ?? (settled === value && check.isError));
  useEffect(() => onVerdict(free), [free, onVerdict]);

  const reason = known?.reason ?? (value !== '' && settled === value && !whole ? 'invalid' : null);
  const checking = whole && !known && !check.isError;
  return (
    <Field
      label={words.name}
      error={reason ? words.nameCheck[reason] : undefined}
      hint={
        <>
          {words.nameHint}
          <span
            aria-live="polite"
            className={cx('block min-h-[1lh]', known?.available && 'text-ok')}
          >
            {checking && words.nameCheck.checking}
            {known?.available && words.nameCheck.available}
            {whole && settled === value && check.error && (
              <span className="text-danger">
                {words.nameCheck.failed(explainShortly(check.error))}
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

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
