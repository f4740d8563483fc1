import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { invitationsQuery, invite, revokeInvitation } from '../api/auth.js';
import type { NewInvitation } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { SecretField } from '../ui/secret-field.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';

/** Creates and withdraws invitations. Administrators only. */
export function Invitations() {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [created, setCreated] = useState<NewInvitation | null>(null);
  const open = useQuery(invitationsQuery);
  const refresh = () => queryClient.invalidateQueries({ queryKey: invitationsQuery.queryKey });
  const create = useMutation({
    mutationFn: invite,
    onSuccess: async (invitation) => {
      setCreated(invitation);
      setEmail('');
      await refresh();
    },
  });
  const withdraw = useMutation({
    mutationFn: revokeInvitation,
    onSuccess: () => toast({ text: 'The invitation is withdrawn' }),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(email.trim());
  };
  return (
    <Section
      title="Invitations"
      description="Each link creates one account with projects of its own. It works once, for 7 days."
    >
      <form onSubmit={submit} className="grid gap-4">
        <Field
          label="Email"
          hint="Only this email can use the link. Leave empty to let anyone with the link use it."
          optional
          className="max-w-sm"
        >
          <Input
            type="email"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <ErrorNotice error={create.error} />
        <div>
          <Button type="submit" busy={create.isPending}>
            Create link
          </Button>
        </div>
      </form>
      <ErrorNotice error={withdraw.error} />
      <Loaded query={open}>
        {({ invitations }) =>
          invitations.length > 0 && (
            <Rows label="Open invitations">
              {invitations.map(({ id, email, createdAt, expiresAt }) => {
                const invited = email ?? 'Anyone with the link';
                return (
                  <Row
                    key={id}
                    title={invited}
                    actions={
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`Withdraw the invitation for ${invited}`}
                        onClick={() => withdraw.mutate(id)}
                      >
                        Withdraw
                      </Button>
                    }
                  >
                    <span>
                      Created <RelativeTime iso={createdAt} />
                    </span>
                    <span>
                      Expires <RelativeTime iso={expiresAt} />
                    </span>
                  </Row>
                );
              })}
            </Rows>
          )
        }
      </Loaded>
      {created && (
        <Dialog
          dismissible={false}
          title="Your invitation"
          description="Send this link yourself. The server sends no email, and it shows the link only once."
          onClose={() => setCreated(null)}
        >
          <SecretField revealed secret={created.url} label="Invitation link" prefix="" />
          <DialogActions>
            <Button variant="primary" onClick={() => setCreated(null)}>
              Done
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </Section>
  );
}
