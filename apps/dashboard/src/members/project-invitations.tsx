import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { inviteMember, projectInvitationsQuery, revokeProjectInvitation } from '../api/members.js';
import type { NewProjectInvitation, Role } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input, Select } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { SecretField } from '../ui/secret-field.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { ROLES } from './roles.js';

/** Creates and withdraws invitations to a project. For owners. */
export function ProjectInvitations({ project }: { readonly project: string }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [created, setCreated] = useState<NewProjectInvitation | null>(null);
  const query = projectInvitationsQuery(project);
  const open = useQuery(query);
  const refresh = () => queryClient.invalidateQueries({ queryKey: query.queryKey });
  const create = useMutation({
    mutationFn: () => inviteMember(project, role, email.trim()),
    onSuccess: async (invitation) => {
      setCreated(invitation);
      setEmail('');
      await refresh();
    },
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => revokeProjectInvitation(project, id),
    onSuccess: () => toast({ text: 'The invitation is withdrawn' }),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Section
      title="Invite somebody"
      description="A link with which one person joins the project, with an account or a new one. It works once, for 7 days."
    >
      <form onSubmit={submit} className="grid gap-4">
        <Field label="Role" className="max-w-lg">
          <Select value={role} onChange={({ target }) => setRole(target.value as Role)}>
            {ROLES.map(({ role: value, label, may }) => (
              <option key={value} value={value}>
                {label}: {may}
              </option>
            ))}
          </Select>
        </Field>
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
              {invitations.map(({ id, email: invited, role: as, expiresAt }) => (
                <Row
                  key={id}
                  title={invited ?? 'Anyone with the link'}
                  actions={
                    <Button
                      size="sm"
                      variant="danger"
                      aria-label={`Withdraw the invitation for ${invited ?? 'anyone with the link'}`}
                      onClick={() => withdraw.mutate(id)}
                    >
                      Withdraw
                    </Button>
                  }
                >
                  <span>{ROLES.find((each) => each.role === as)?.label}</span>
                  <span>
                    Expires <RelativeTime iso={expiresAt} />
                  </span>
                </Row>
              ))}
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
