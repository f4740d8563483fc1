import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword, sessionsQuery } from '../api/account.js';
import { hasCode } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { explainShortly } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { useToast } from '../ui/toasts.js';

export function PasswordSection() {
  const words = texts.account.password;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNext] = useState('');
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      change.reset();
      toast({ text: words.changed });
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ currentPassword, newPassword });
  };
  const { error } = change;
  const errorFor = (code: string) => {
    if (!hasCode(error, code)) return undefined;
    return explainShortly(error);
  };
  return (
    <Section title={words.title} description={words.text}>
      <form onSubmit={submit} className="grid max-w-sm gap-4">
        {!hasCode(error, 'password_wrong', 'password_weak') && <ErrorNotice error={error} />}
        <Field label={words.current} error={errorFor('password_wrong')}>
          <Input
            type="password"
            autoComplete="current-password"
            required
            value={currentPassword}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field label={words.next} hint={words.nextHint} error={errorFor('password_weak')}>
          <Input
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            value={newPassword}
            onChange={(event) => setNext(event.target.value)}
          />
        </Field>
        <div>
          <Button type="submit" busy={change.isPending}>
            {words.action}
          </Button>
        </div>
      </form>
    </Section>
  );
}
