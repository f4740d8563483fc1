import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { acceptLink, checkLink, meQuery } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import { Button } from '../ui/button.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Loaded, SkeletonRows } from '../ui/states.js';
import { AuthLayout } from './auth-layout.js';
import { JoinProject } from './join-project.js';
import { linkToken } from './link-token.js';
import { NewPasswordField } from './new-password-field.js';
import { ProviderButton } from './provider-sign-in.js';
import { SignInLink } from './sign-in-link.js';

type Kind = 'setup' | 'invitation';

const WELCOME = {
  setup: {
    title: 'Set up your server',
    text: 'This is the first account. It owns the project that the server created at its first start, and it can invite other people.',
  },
  invitation: {
    title: 'Join this server',
    text: 'You are invited. You get an account with projects of your own.',
  },
} as const satisfies Record<Kind, unknown>;

const INVALID = {
  setup:
    'It was already used, or it has expired. If there is no account yet, restart the server: it prints a new link.',
  invitation: 'It was already used or withdrawn, or it has expired. Ask for a new one.',
} as const satisfies Record<Kind, string>;

/** Creates an account: the page of the set-up link and of invitations. */
export function AcceptPage({ kind }: { readonly kind: Kind }) {
  const token = linkToken();
  if (token === null) {
    return (
      <AuthLayout
        title="Open your link again"
        text="This page needs the one-time link from the server’s terminal or from your invitation. The page removes the link’s secret from the address bar, so a reload loses it. The link still works if nobody has used it."
      >
        <SignInLink />
      </AuthLayout>
    );
  }
  return <LinkPage kind={kind} token={token} />;
}

function LinkPage({ kind, token }: { readonly kind: Kind; readonly token: string }) {
  const link = useQuery({
    queryKey: ['link'],
    queryFn: () => checkLink(token),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (hasCode(link.error, 'invitation_invalid')) {
    return (
      <AuthLayout title="This link does not work" text={INVALID[kind]}>
        <SignInLink />
      </AuthLayout>
    );
  }
  const project = link.data?.project;
  return (
    <AuthLayout {...(project ? welcomeTo(project) : WELCOME[link.data?.kind ?? kind])}>
      <Loaded query={link} skeleton={<SkeletonRows />}>
        {({ email, project }) => {
          const form = (
            <>
              <AcceptForm token={token} invitedEmail={email} />
              <ProviderButton invitation={token} joins={project !== null} />
            </>
          );
          if (project === null) return form;
          return (
            <JoinProject token={token} projectName={project.projectName}>
              {form}
            </JoinProject>
          );
        }}
      </Loaded>
    </AuthLayout>
  );
}

function welcomeTo({ projectName, role }: { projectName: string; role: string }) {
  const text = `You are invited to the project ${projectName} as ${role}.`;
  return { title: `Join ${projectName}`, text };
}

const EMAIL_ERRORS = ['email_invalid', 'email_taken'];

function AcceptForm({
  token,
  invitedEmail,
}: {
  readonly token: string;
  /** The only email that can use the link; `null` for any. */
  readonly invitedEmail: string | null;
}) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [email, setEmail] = useState(invitedEmail ?? '');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: acceptLink,
    onSuccess: async (me) => {
      queryClient.setQueryData(meQuery.queryKey, me);
      await navigate({ to: '/dashboard', replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    accept.mutate({
      token,
      email: email.trim(),
      password,
      ...(trimmed === '' ? {} : { name: trimmed }),
    });
  };
  const { error } = accept;
  const isFieldError = hasCode(error, ...EMAIL_ERRORS, 'password_weak');
  return (
    <form onSubmit={submit} className="grid gap-4">
      {!isFieldError && <ErrorNotice error={error} />}
      <Field
        label="Email"
        error={hasCode(error, ...EMAIL_ERRORS) ? explainInOneLine(error) : undefined}
      >
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          readOnly={invitedEmail !== null}
          autoFocus={invitedEmail === null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Name" optional>
        <Input
          name="name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <NewPasswordField error={error} value={password} onChange={setPassword} />
      <Button variant="primary" type="submit" busy={accept.isPending}>
        Create account
      </Button>
    </form>
  );
}
