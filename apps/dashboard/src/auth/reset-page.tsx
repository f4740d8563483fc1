import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { acceptPasswordReset, checkPasswordReset, meQuery } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import { Button } from '../ui/button.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Loaded, SkeletonRows } from '../ui/states.js';
import { AuthLayout } from './auth-layout.js';
import { linkToken } from './link-token.js';
import { NewPasswordField } from './new-password-field.js';
import { SecondStepForm } from './second-step-form.js';
import { SignInLink } from './sign-in-link.js';

/** Sets a new password: the page of the link that the operator has sent. */
export function ResetPage() {
  const token = linkToken();
  if (token === null) {
    return (
      <AuthLayout
        title="Open your link again"
        text="This page needs the one-time link that you were sent. The page removes the link’s secret from the address bar, so a reload loses it. The link still works if it was not used."
      >
        <SignInLink />
      </AuthLayout>
    );
  }
  return <LinkPage token={token} />;
}

function LinkPage({ token }: { readonly token: string }) {
  const link = useQuery({
    queryKey: ['password-reset'],
    queryFn: () => checkPasswordReset(token),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (hasCode(link.error, 'reset_link_invalid')) {
    return (
      <AuthLayout
        title="This link does not work"
        text="It was already used, or it has expired. Ask the operator of the server for a new one."
      >
        <SignInLink />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout
      title="Set a new password"
      text="You are signed in afterwards. Your sessions and the devices that signed in with aura login have ended."
    >
      <Loaded query={link} skeleton={<SkeletonRows />}>
        {({ email }) => <ResetForm token={token} email={email} />}
      </Loaded>
    </AuthLayout>
  );
}

function ResetForm({ token, email }: { readonly token: string; readonly email: string }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const open = () => navigate({ to: '/dashboard', replace: true });
  const accept = useMutation({
    mutationFn: acceptPasswordReset,
    onSuccess: async (me) => {
      if ('next' in me) return;
      queryClient.setQueryData(meQuery.queryKey, me);
      await open();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate({ token, password });
  };
  if (accept.data && 'next' in accept.data) {
    const restart = () => navigate({ to: '/dashboard/sign-in', replace: true });
    return <SecondStepForm onSignedIn={open} onRestart={restart} />;
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {!hasCode(accept.error, 'password_weak') && <ErrorNotice error={accept.error} />}
      <Field label="Email">
        <Input type="email" name="email" autoComplete="username" readOnly value={email} />
      </Field>
      <NewPasswordField error={accept.error} value={password} onChange={setPassword} autoFocus />
      <Button variant="primary" type="submit" busy={accept.isPending}>
        Set password
      </Button>
    </form>
  );
}
