import { createFileRoute } from '@tanstack/react-router';
import { useIsOwner } from '../api/projects.js';
import { MemberList } from '../members/member-list.js';
import { ProjectInvitations } from '../members/project-invitations.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/members')({
  component: MembersPage,
});

/** Who has access to a project. */
function MembersPage() {
  const { project } = Route.useParams();
  const isOwner = useIsOwner();
  useTitle(`Members · ${project}`);
  return (
    <PageBody>
      <PageHeader title="Members">Who has access to this project, and what they may do.</PageHeader>
      <MemberList project={project} />
      {isOwner && <ProjectInvitations project={project} />}
    </PageBody>
  );
}
