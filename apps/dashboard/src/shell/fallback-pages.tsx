import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { ApiError } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { Button, buttonClass } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { EmptyState } from '../ui/states.js';
import { PageBody } from './app-shell.js';

export function NotFoundPage() {
  const { title, text, back } = texts.shell.notFound;
  useTitle(title);
  return (
    <PageBody>
      <EmptyState
        heading="h1"
        title={title}
        actions={
          <Link to="/dashboard" className={buttonClass('primary')}>
            {back}
          </Link>
        }
      >
        {text}
      </EmptyState>
    </PageBody>
  );
}

/** In the place of a page that could not be opened, or broke. */
export function FailedPage({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { title, text, reload } = texts.shell.crashed;
  const refused = error instanceof ApiError;
  useTitle(refused ? texts.errors.loadFailed : title);
  if (refused) {
    return (
      <PageBody>
        <PageHeader title={texts.errors.loadFailed} />
        <ErrorNotice error={error}>
          <div className="flex flex-wrap gap-2 pt-1">
            <Button size="sm" onClick={() => router.invalidate()}>
              {texts.common.retry}
            </Button>
            <Link to="/dashboard" className={buttonClass('secondary', 'sm')}>
              {texts.shell.notFound.back}
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
            {reload}
          </Button>
        }
      >
        {text}
      </EmptyState>
    </PageBody>
  );
}
