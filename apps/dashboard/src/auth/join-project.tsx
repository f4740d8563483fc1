import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { joinProject, meQuery } from '../api/auth.js';
import { isSignedOut } from '../api/errors.js';
import { projectsQuery } from '../api/projects.js';
import { Button } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { LoadingArea, SkeletonRows } from '../ui/states.js';
import { SignInForm } from './sign-in-form.js';

/**
 * Joins the project of an invitation with the account that is signed in, or with one to sign in to.
 *
 * @param children the form for a new account
 */
export function JoinProject({
  token,
  projectName,
  children,
}: {
  readonly token: string;
  readonly projectName: string;
  readonly children: ReactNode;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery({ ...meQuery, retry: false });
  const [hasAccount, setHasAccount] = useState(false);
  const join = useMutation({
    mutationFn: () => joinProject(token),
    onSuccess: async () => {
      await queryClient.invalidateQueries(projectsQuery);
      await navigate({
        to: '/dashboard/projects/$project',
        params: { project: projectName },
        replace: true,
      });
    },
  });
  if (me.isPending) {
    return (
      <LoadingArea>
        <SkeletonRows />
      </LoadingArea>
    );
  }
  const hasEnded = isSignedOut(join.error);
  if (me.data && !hasEnded) {
    return (
      <div className="grid gap-4">
        <p>
          You are signed in as <strong className="break-all">{me.data.email}</strong>.
        </p>
        <ErrorNotice error={join.error} />
        <Button variant="primary" busy={join.isPending} onClick={() => join.mutate()}>
          Join {projectName}
        </Button>
      </div>
    );
  }
  return (
    <div className="grid gap-4">
      {hasEnded && <ErrorNotice error={join.error} />}
      {hasAccount || hasEnded ? (
        <SignInForm invitation={token} onSignedIn={() => join.mutate()} />
      ) : (
        children
      )}
      {!hasEnded && (
        <Button variant="quiet" onClick={() => setHasAccount(!hasAccount)}>
          {hasAccount ? 'Create an account instead' : 'I have an account'}
        </Button>
      )}
    </div>
  );
}
