import { type UseQueryResult, useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
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

interface OpenInvitation {
  readonly id: string;
  /** `null`: of whoever has the link. */
  readonly email: string | null;
  readonly expiresAt: string;
}

interface InvitationLinksProps<Open extends OpenInvitation> {
  readonly title: string;
  readonly description: string;
  /** Fields above that of the email. */
  readonly children?: ReactNode;
  readonly open: UseQueryResult<{ readonly invitations: readonly Open[] }>;
  readonly invite: (email: string) => Promise<{ readonly url: string }>;
  readonly revoke: (id: string) => Promise<unknown>;
  /** Called after a change, or an attempt at one. */
  readonly onChanged: () => Promise<unknown>;
  /** What the list has of an invitation besides the email and the expiry. */
  readonly describe: (invitation: Open) => ReactNode;
}

/** Creates links that invite, shows each once, and withdraws those that are still open. */
export function InvitationLinks<Open extends OpenInvitation>({
  title,
  description,
  children,
  open,
  invite,
  revoke,
  onChanged,
  describe,
}: InvitationLinksProps<Open>) {
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [link, setLink] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: invite,
    onSuccess: async ({ url }) => {
      setLink(url);
      setEmail('');
      await onChanged();
    },
  });
  const withdraw = useMutation({
    mutationFn: revoke,
    onSuccess: () => toast({ text: 'The invitation is withdrawn' }),
    onSettled: onChanged,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(email.trim());
  };
  return (
    <Section title={title} description={description}>
      <form onSubmit={submit} className="grid gap-4">
        {children}
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
              {invitations.map((invitation) => {
                const invited = invitation.email ?? 'Anyone with the link';
                return (
                  <Row
                    key={invitation.id}
                    title={invited}
                    actions={
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`Withdraw the invitation for ${invited}`}
                        onClick={() => withdraw.mutate(invitation.id)}
                      >
                        Withdraw
                      </Button>
                    }
                  >
                    {describe(invitation)}
                    <span>
                      Expires <RelativeTime iso={invitation.expiresAt} />
                    </span>
                  </Row>
                );
              })}
            </Rows>
          )
        }
      </Loaded>
      {link !== null && (
        <Dialog
          dismissible={false}
          title="Your invitation"
          description="Send this link yourself. The server sends no email, and it shows the link only once."
          onClose={() => setLink(null)}
        >
          <SecretField revealed secret={link} label="Invitation link" prefix="" />
          <DialogActions>
            <Button variant="primary" onClick={() => setLink(null)}>
              Done
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </Section>
  );
}
