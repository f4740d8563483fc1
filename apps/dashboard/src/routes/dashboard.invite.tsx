import { createFileRoute } from '@tanstack/react-router';
import { AcceptPage } from '../auth/accept-page.js';

export const Route = createFileRoute('/dashboard/invite')({ component: InvitePage });

function InvitePage() {
  return <AcceptPage kind="invitation" />;
}
