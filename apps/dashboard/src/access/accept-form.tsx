import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { hasCode } from '../api/errors.js';
import { acceptLink, meQuery } from '../api/session.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { explainShortly } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';

const OF_EMAIL = ['email_invalid', 'email_taken'];
const OF_PASSWORD = ['password_weak'];

export function AcceptForm({
  token,
  email: invitedEmail,
  action,
}: {
  readonly token: string;
  /** The one email that the link is for, or `null` for any. */
  readonly email: string | null;
  readonly action: string;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [email, setEmail] = useState(invitedEmail ?? '');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: acceptLink,
    onSuccess: async (me) => {
      queryClient.setQueryData(meQuery.queryKey, me);
      await navigate({ to: '/dashboard', replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    accept.mutate({
      token,
      email: email.trim(),
      password,
      ...(trimmed === '' ? {} : { name: trimmed }),
    });
  };
  const { error } = accept;
  const atField = hasCode(error, ...OF_EMAIL, ...OF_PASSWORD);
  const errorFor = (codes: readonly string[]) => {
    if (!hasCode(error, ...codes)) return undefined;
    return explainShortly(error);
  };
  const words = texts.access.accept;
  return (
    <form onSubmit={submit} className="grid gap-4">
      {!atField && <ErrorNotice error={error} />}
      <Field label={texts.access.email} error={errorFor(OF_EMAIL)}>
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          readOnly={invitedEmail !== null}
          autoFocus={invitedEmail === null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label={words.name} optional>
        <Input
          name="name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={words.newPassword} hint={words.passwordHint} error={errorFor(OF_PASSWORD)}>
        <Input
          type="password"
          name="password"
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={128}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button variant="primary" type="submit" busy={accept.isPending}>
        {action}
      </Button>
    </form>
  );
}
