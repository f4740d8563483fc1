import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { invitationsQuery, invite, revokeInvitation } from '../api/account.js';
import type { NewInvitation } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { SecretField } from '../ui/secret-field.js';
import { useToast } from '../ui/toasts.js';
import { OpenInvitations } from './open-invitations.js';

/** For the administrator: links that let others in. */
export function Invitations() {
  const words = texts.account.invitations;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [made, setMade] = useState<NewInvitation | null>(null);
  const open = useQuery(invitationsQuery);
  const refresh = () => queryClient.invalidateQueries({ queryKey: invitationsQuery.queryKey });
  const make = useMutation({
    mutationFn: invite,
    onSuccess: async (invitation) => {
      setMade(invitation);
      setEmail('');
      await refresh();
    },
  });
  const withdraw = useMutation({
    mutationFn: revokeInvitation,
    onSuccess: () => toast({ text: words.withdrawn }),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(email.trim());
  };
  return (
    <Section title={words.title} description={words.text}>
      <form onSubmit={submit} className="grid gap-4">
        <Field label={words.email} hint={words.emailHint} optional className="max-w-sm">
          <Input
            type="email"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <ErrorNotice error={make.error} />
        <div>
          <Button type="submit" busy={make.isPending}>
            {words.action}
          </Button>
        </div>
      </form>
      <ErrorNotice error={withdraw.error} />
      <OpenInvitations query={open} onWithdraw={withdraw.mutate} />
      {made && (
        <Dialog
          insistent
          title={words.madeTitle}
          description={words.madeText}
          onClose={() => setMade(null)}
        >
          <SecretField revealed secret={made.url} label={words.linkLabel} prefix="" />
          <DialogActions>
            <Button variant="primary" onClick={() => setMade(null)}>
              {texts.common.done}
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </Section>
  );
}
