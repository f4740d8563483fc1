import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { meQuery, signIn } from '../api/auth.js';
import type { Me } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';

/** Email and password. */
export function SignInForm({
  email: knownEmail = '',
  onSignedIn,
}: {
  readonly email?: string;
  readonly onSignedIn: (me: Me) => unknown;
}) {
  const queryClient = useQueryClient();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: (me) => {
      queryClient.setQueryData(meQuery.queryKey, me);
      return onSignedIn(me);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate({ email: email.trim(), password });
  };
  return (
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
  );
}
