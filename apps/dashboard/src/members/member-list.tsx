import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { meQuery } from '../api/auth.js';
import { changeMember, leaveProject, membersQuery, removeMember } from '../api/members.js';
import { forgetProject, projectsQuery, useIsOwner } from '../api/projects.js';
import type { Member, Role } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { Select } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { ROLES } from './roles.js';

/** The members of a project: owners change their roles and remove them, everybody can leave. */
export function MemberList({ project }: { readonly project: string }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const isOwner = useIsOwner();
  const { data: me } = useQuery(meQuery);
  const members = useQuery(membersQuery(project));
  const [leaving, setLeaving] = useState<Member | null>(null);
  // A change of the own role changes the pages that the project has.
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['project', project] });
  const change = useMutation({
    mutationFn: ({ id, role }: Pick<Member, 'id' | 'role'>) => changeMember(project, id, role),
    onSuccess: ({ email, role }) => toast({ text: `${email} is ${role} now` }),
    onSettled: refresh,
  });
  const isMe = ({ id }: Member) => id === me?.accountId;
  const remove = async (member: Member) => {
    if (!isMe(member)) {
      await removeMember(project, member.id);
      await refresh();
      toast({ text: `${member.email} is removed` });
      return;
    }
    await leaveProject(project);
    await navigate({ to: '/dashboard' });
    forgetProject(queryClient, project);
    await queryClient.invalidateQueries(projectsQuery);
    toast({ text: `You have left ${project}` });
  };
  return (
    <>
      <ErrorNotice error={change.error} />
      <Loaded query={members}>
        {({ members: all }) => (
          <Rows label="Members">
            {all.map((member) => (
              <Row
                key={member.id}
                title={member.name}
                badge={isMe(member) && <Badge>You</Badge>}
                actions={
                  <>
                    {isOwner && (
                      <Select
                        aria-label={`Role of ${member.email}`}
                        value={member.role}
                        disabled={change.isPending}
                        onChange={({ target }) =>
                          change.mutate({ id: member.id, role: target.value as Role })
                        }
                      >
                        {ROLES.map(({ role, label }) => (
                          <option key={role} value={role}>
                            {label}
                          </option>
                        ))}
                      </Select>
                    )}
                    {(isOwner || isMe(member)) && (
                      <Button
                        variant="danger"
                        aria-label={isMe(member) ? 'Leave the project' : `Remove ${member.email}`}
                        onClick={() => setLeaving(member)}
                      >
                        {isMe(member) ? 'Leave' : 'Remove'}
                      </Button>
                    )}
                  </>
                }
              >
                <span className="break-all">{member.email}</span>
                {!isOwner && <span>{ROLES.find(({ role }) => role === member.role)?.label}</span>}
                <span>
                  Since <RelativeTime iso={member.addedAt} />
                </span>
              </Row>
            ))}
          </Rows>
        )}
      </Loaded>
      {leaving && (
        <ConfirmDialog
          title={isMe(leaving) ? `Leave ${project}?` : `Remove ${leaving.email}?`}
          action={isMe(leaving) ? 'Leave project' : 'Remove member'}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove(leaving)}
        >
          {isMe(leaving)
            ? 'You lose access immediately. Only an owner can invite you again.'
            : 'They lose access immediately, in the dashboard and the terminal. Links that they signed work until they expire: revoke these, or rotate the serve secret. Rotate secrets and keys if they were an owner.'}
        </ConfirmDialog>
      )}
    </>
  );
}
