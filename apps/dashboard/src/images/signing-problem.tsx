import { useSyncExternalStore } from 'react';
import { FailedNotice } from '../ui/notice.js';
import { signedUrlsOf } from './use-image-url.js';

/** Why private images cannot be shown, while they cannot. They are tried again by themselves, too. */
export function SigningProblem({
  project,
  className,
}: {
  readonly project: string;
  readonly className?: string;
}) {
  const store = signedUrlsOf(project);
  const problem = useSyncExternalStore(store.onProblem, store.problem);
  return (
    <FailedNotice error={problem} onRetry={store.retry} {...(className ? { className } : {})} />
  );
}
