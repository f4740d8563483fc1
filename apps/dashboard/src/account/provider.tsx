import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { connectProvider, methodsQuery, signInQuery } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import { ProviderFailure, type ProviderSearch } from '../auth/provider-sign-in.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { Loaded } from '../ui/states.js';

/** The connection of the account with the sign-in provider. Shows nothing where there is none. */
export function Provider({ outcome }: { readonly outcome: ProviderSearch }) {
  const ways = useQuery(signInQuery);
  const methods = useQuery(methodsQuery);
  return (
    <Loaded query={ways} skeleton={null}>
      {({ provider }) =>
        provider && (
          <Section
            title="Sign-in provider"
            description={`With your account at ${provider.name} connected, you can sign in there instead of with your password here.`}
          >
            <ProviderFailure {...outcome} />
            <Loaded query={methods}>
              {({ methods }) =>
                methods.includes('provider') ? (
                  <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <Badge tone="accent">Connected</Badge>
                    <span className="text-muted">A reset of your password ends this.</span>
                  </p>
                ) : (
                  <ConnectForm />
                )
              }
            </Loaded>
          </Section>
        )
      }
    </Loaded>
  );
}

function ConnectForm() {
  const [password, setPassword] = useState('');
  const connect = useMutation({
    mutationFn: connectProvider,
    onSuccess: ({ url }) => location.assign(url),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    connect.mutate(password);
  };
  const { error } = connect;
  const isWrong = hasCode(error, 'password_wrong');
  return (
    <form onSubmit={submit} className="grid max-w-sm gap-4">
      {!isWrong && <ErrorNotice error={error} />}
      <Field label="Password of this account" error={isWrong ? explainInOneLine(error) : undefined}>
        <Input
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <div>
        <Button type="submit" busy={connect.isPending}>
          Connect
        </Button>
      </div>
    </form>
  );
}
