import { createFileRoute } from '@tanstack/react-router';
import { AuditLog } from '../audit/audit-log.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';

export const Route = createFileRoute('/_app/dashboard/activity')({
  component: ActivityPage,
});

/** Changes in the whole account. */
function ActivityPage() {
  useTitle('Activity');
  return (
    <PageBody>
      <PageHeader title="Activity">
        Every change in your account: who made it, when, and from where. Entries cannot be edited.
      </PageHeader>
      <AuditLog project={null} />
    </PageBody>
  );
}
