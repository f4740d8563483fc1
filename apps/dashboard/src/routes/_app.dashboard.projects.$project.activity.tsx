import { createFileRoute, Link } from '@tanstack/react-router';
import { AuditLog } from '../audit/audit-log.js';
import { buttonVariants } from '../ui/button.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project/activity')({
  component: ProjectActivityPage,
});

/** Changes in one project. */
function ProjectActivityPage() {
  const { project } = Route.useParams();
  useTitle(`Activity · ${project}`);
  return (
    <PageBody>
      <PageHeader
        title="Activity"
        actions={
          <Link to="/dashboard/activity" className={buttonVariants()}>
            All projects
          </Link>
        }
      >
        Every change in this project: who made it, when, and from where. Entries cannot be edited.
      </PageHeader>
      <AuditLog project={project} />
    </PageBody>
  );
}
