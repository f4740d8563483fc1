import { createFileRoute } from '@tanstack/react-router';
import { NotFoundPage } from '../shell/fallback-pages.js';

/** Every other address, so that "Page not found" appears below the top bar. */
export const Route = createFileRoute('/_app/dashboard/$')({ component: NotFoundPage });
