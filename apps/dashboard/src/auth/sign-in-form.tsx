import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { meQuery, signIn } from '../api/auth.js';
import type { Me } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { ProviderButton } from './provider-sign-in.js';
import { SecondStepForm } from './second-step-form.js';

/** Email and password, then the code of people who have a second factor. */
export function SignInForm({
  email: knownEmail = '',
  next,
  invitation,
  onSignedIn,
}: {
  readonly email?: string;
  /** The page to open after a sign-in at the provider. */
  readonly next?: string | undefined;
  /** Token of the link to a project that this page was opened with. */
  readonly invitation?: string;
  readonly onSignedIn: (me: Me) => unknown;
}) {
  const queryClient = useQueryClient();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: (me) => {
      if ('next' in me) return setNeedsCode(true);
      queryClient.setQueryData(meQuery.queryKey, me);
      return onSignedIn(me);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate({ email: email.trim(), password });
  };
  if (needsCode) {
    return <SecondStepForm onSignedIn={onSignedIn} onRestart={() => setNeedsCode(false)} />;
  }
  return (
    <div className="grid gap-4">
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={attempt.error} />
        <Field label="Email">
          <Input
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus={knownEmail === ''}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Field label="Password">
          <Input
            type="password"
            name="password"
            autoComplete="current-password"
            required
            autoFocus={knownEmail !== ''}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Button variant="primary" type="submit" busy={attempt.isPending}>
          Sign in
        </Button>
      </form>
      <ProviderButton next={next} invitation={invitation} joins={invitation !== undefined} />
    </div>
  );
}
