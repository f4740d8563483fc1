import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { inviteMember, projectInvitationsQuery, revokeProjectInvitation } from '../api/members.js';
import type { Role } from '../api/types.js';
import { InvitationLinks } from '../people/invitation-links.js';
import { Field, Select } from '../ui/field.js';
import { ROLES } from './roles.js';

/** Invitations to a project. For owners. */
export function ProjectInvitations({ project }: { readonly project: string }) {
  const queryClient = useQueryClient();
  const [role, setRole] = useState<Role>('viewer');
  const query = projectInvitationsQuery(project);
  return (
    <InvitationLinks
      title="Invite somebody"
      description="A link with which one person joins the project, with an account or a new one. It works once, for 7 days."
      open={useQuery(query)}
      invite={(email) => inviteMember(project, role, email)}
      revoke={(id) => revokeProjectInvitation(project, id)}
      onChanged={() => queryClient.invalidateQueries({ queryKey: query.queryKey })}
      describe={(invitation) => (
        <span>{ROLES.find((each) => each.role === invitation.role)?.label}</span>
      )}
    >
      <Field label="Role" className="max-w-lg">
        <Select value={role} onChange={({ target }) => setRole(target.value as Role)}>
          {ROLES.map(({ role: value, label, may }) => (
            <option key={value} value={value}>
              {label}: {may}
            </option>
          ))}
        </Select>
      </Field>
    </InvitationLinks>
  );
}
