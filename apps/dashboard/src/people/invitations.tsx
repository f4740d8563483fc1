import { useQuery, useQueryClient } from '@tanstack/react-query';
import { invitationsQuery, invite, revokeInvitation } from '../api/auth.js';
import { RelativeTime } from '../ui/relative-time.js';
import { InvitationLinks } from './invitation-links.js';

/** Invitations to the server. Administrators only. */
export function Invitations() {
  const queryClient = useQueryClient();
  return (
    <InvitationLinks
      title="Invitations"
      description="Each link creates one account with projects of its own. It works once, for 7 days."
      open={useQuery(invitationsQuery)}
      invite={invite}
      revoke={revokeInvitation}
      onChanged={() => queryClient.invalidateQueries({ queryKey: invitationsQuery.queryKey })}
      describe={({ createdAt }) => (
        <span>
          Created <RelativeTime iso={createdAt} />
        </span>
      )}
    />
  );
}
