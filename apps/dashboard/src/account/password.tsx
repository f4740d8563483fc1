import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword, methodsQuery, sessionsQuery } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import { Button } from '../ui/button.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useToast } from '../ui/toasts.js';

export function Password() {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: async () => {
      setCurrent('');
      setNew('');
      change.reset();
      toast({ text: 'Your password has changed. Your other sessions have ended.' });
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ currentPassword, newPassword });
  };
  const { error } = change;
  const errorFor = (code: string) => (hasCode(error, code) ? explainInOneLine(error) : undefined);
  const { data: ways } = useQuery(methodsQuery);
  const byProvider = ways?.methods.includes('provider')
    ? ' If you have only ever signed in with the provider, you have none: the operator of the server can give you one.'
    : '';
  return (
    <Section
      title="Password"
      description={`A new password ends all your other sessions.${byProvider}`}
    >
      <form onSubmit={submit} className="grid max-w-sm gap-4">
        {!hasCode(error, 'password_wrong', 'password_weak') && <ErrorNotice error={error} />}
        <Field label="Current password" error={errorFor('password_wrong')}>
          <Input
            type="password"
            autoComplete="current-password"
            required
            value={currentPassword}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field
          label="New password"
          hint="12 characters or more. A few unrelated words are easy to remember."
          error={errorFor('password_weak')}
        >
          <Input
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            value={newPassword}
            onChange={(event) => setNew(event.target.value)}
          />
        </Field>
        <div>
          <Button type="submit" busy={change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </Section>
  );
}
