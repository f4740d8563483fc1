import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { confirmSignIn, meQuery } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import type { Me } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';

/** The second step of a sign-in: a code of the authenticator app, or a backup code. */
export function SecondStepForm({
  onSignedIn,
  onRestart,
}: {
  readonly onSignedIn: (me: Me) => unknown;
  /** Goes back to the first step. */
  readonly onRestart: () => void;
}) {
  const queryClient = useQueryClient();
  const [code, setCode] = useState('');
  const [byBackupCode, setByBackupCode] = useState(false);
  const attempt = useMutation({
    mutationFn: confirmSignIn,
    onSuccess: (me) => {
      queryClient.setQueryData(meQuery.queryKey, me);
      return onSignedIn(me);
    },
    onError: (error) => hasCode(error, 'second_factor_wrong') && setCode(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate(code);
  };
  const change = (to: boolean) => {
    setByBackupCode(to);
    setCode('');
    attempt.reset();
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <ErrorNotice error={attempt.error} />
      {byBackupCode ? (
        <Field key="backup" label="Backup code" hint="Each backup code works once.">
          <CodeInput value={code} onChange={setCode} />
        </Field>
      ) : (
        <Field key="app" label="Code" hint="Six digits from your authenticator app.">
          <CodeInput digits value={code} onChange={setCode} />
        </Field>
      )}
      {hasCode(attempt.error, 'sign_in_expired') ? (
        <Button variant="primary" onClick={onRestart}>
          Start again
        </Button>
      ) : (
        <Button variant="primary" type="submit" busy={attempt.isPending}>
          Sign in
        </Button>
      )}
      <Button variant="quiet" onClick={() => change(!byBackupCode)}>
        {byBackupCode ? 'Use the authenticator app' : 'Use a backup code'}
      </Button>
    </form>
  );
}

/** Takes a code that an authenticator app or a password manager fills in. */
export function CodeInput({
  digits = false,
  value,
  onChange,
}: {
  /** Six digits, as the app shows them. */
  readonly digits?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Input
      name="code"
      autoComplete={digits ? 'one-time-code' : 'off'}
      inputMode={digits ? 'numeric' : 'text'}
      autoCapitalize="none"
      spellCheck={false}
      required
      autoFocus
      maxLength={40}
      className={digits ? 'font-mono text-lg tracking-[0.2em]' : 'font-mono'}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
