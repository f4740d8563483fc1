import { createFileRoute } from '@tanstack/react-router';
import { AcceptPage } from '../auth/accept-page.js';

export const Route = createFileRoute('/dashboard/setup')({ component: SetupPage });

function SetupPage() {
  return <AcceptPage kind="setup" />;
}
