import { createFileRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { Invitations } from '../people/invitations.js';
import { PeopleList } from '../people/people-list.js';
import { Field, Input } from '../ui/field.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { useDebounced } from '../ui/use-debounced.js';

export const Route = createFileRoute('/_app/dashboard/people')({
  component: PeoplePage,
});

/** Everybody who can sign in, and invitations. For administrators. */
function PeoplePage() {
  useTitle('People');
  const [typed, setTyped] = useState('');
  const q = useDebounced(typed.trim(), 200);
  return (
    <PageBody>
      <PageHeader title="People">
        Everybody who can sign in to this server. Projects have members of their own.
      </PageHeader>
      <div className="grid gap-4 pb-8">
        <Field label="Find a person" className="max-w-sm">
          <Input
            type="search"
            value={typed}
            maxLength={64}
            placeholder="Part of the email or name"
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        <PeopleList q={q} />
      </div>
      <Invitations />
    </PageBody>
  );
}
