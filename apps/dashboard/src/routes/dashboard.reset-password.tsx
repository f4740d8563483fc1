import { createFileRoute } from '@tanstack/react-router';
import { ResetPage } from '../auth/reset-page.js';

export const Route = createFileRoute('/dashboard/reset-password')({ component: ResetPage });
