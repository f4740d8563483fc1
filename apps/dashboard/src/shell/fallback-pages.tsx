import { ApiError } from '@auraimage/client';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Button, buttonVariants } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { EmptyState } from '../ui/states.js';

const BACK = 'Go to your projects';

export function NotFoundPage() {
  useTitle('Page not found');
  return (
    <PageBody>
      <EmptyState
        heading="h1"
        title="Page not found"
        actions={
          <Link to="/dashboard" className={buttonVariants({ variant: 'primary' })}>
            {BACK}
          </Link>
        }
      >
        There is no page at this address. What it showed may have been renamed or deleted.
      </EmptyState>
    </PageBody>
  );
}

/** Shown instead of a page that could not be loaded, or that threw an error. */
export function ErrorPage({ error }: ErrorComponentProps) {
  const router = useRouter();
  const isApiError = error instanceof ApiError;
  const title = isApiError ? 'This page could not be loaded' : 'This page failed';
  useTitle(title);
  if (isApiError) {
    return (
      <PageBody>
        <PageHeader title={title} />
        <ErrorNotice error={error}>
          <div className="flex flex-wrap gap-2 pt-1">
            <Button size="sm" onClick={() => router.invalidate()}>
              Try again
            </Button>
            <Link to="/dashboard" className={buttonVariants({ size: 'sm' })}>
              {BACK}
            </Link>
          </div>
        </ErrorNotice>
      </PageBody>
    );
  }
  return (
    <PageBody>
      <EmptyState
        heading="h1"
        title={title}
        actions={
          <Button variant="primary" onClick={() => location.reload()}>
            Reload
          </Button>
        }
      >
        This is a bug in the dashboard. Everything you saved is safe. Reload the page to continue.
      </EmptyState>
    </PageBody>
  );
}
