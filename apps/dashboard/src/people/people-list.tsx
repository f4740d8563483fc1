import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeRole, peopleKey, peopleQuery } from '../api/people.js';
import type { Person } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { formatItems } from '../ui/format.js';
import { ErrorNotice, FailedNotice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { SkeletonRows } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { RemoveDialog } from './remove-dialog.js';
import { ResetDialog } from './reset-dialog.js';

interface Asked {
  readonly dialog: 'remove' | 'reset';
  readonly person: Person;
}

/** Everybody whose email or name contains a text, or everybody for an empty one. */
export function PeopleList({ q }: { readonly q: string }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const list = useInfiniteQuery({ ...peopleQuery(q), placeholderData: (before) => before });
  const [asked, setAsked] = useState<Asked | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: peopleKey });
  const change = useMutation({
    mutationFn: changeRole,
    onSuccess: ({ email, role }) =>
      toast({ text: `${email} is ${role === 'admin' ? 'an administrator' : 'a member'} now` }),
    onSettled: refresh,
  });
  const people = list.data?.pages.flatMap((page) => page.people);
  const failed = list.error && (
    <FailedNotice error={list.error} busy={list.isFetching} onRetry={() => list.refetch()} />
  );
  if (!people) return failed || <SkeletonRows rows={4} />;
  return (
    <div className="grid gap-4">
      {failed}
      <ErrorNotice error={change.error} />
      {people.length === 0 ? (
        <p className="text-muted">Nobody has this in their email or name.</p>
      ) : (
        <Rows label="People">
          {people.map((person) => (
            <PersonRow
              key={person.id}
              person={person}
              busy={change.isPending && change.variables.id === person.id}
              onChangeRole={(role) => change.mutate({ id: person.id, role })}
              onAsk={(dialog) => setAsked({ dialog, person })}
            />
          ))}
        </Rows>
      )}
      {list.hasNextPage && (
        <div className="grid justify-items-center">
          <Button busy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            Show more people
          </Button>
        </div>
      )}
      {asked?.dialog === 'reset' && (
        <ResetDialog person={asked.person} onChanged={refresh} onClose={() => setAsked(null)} />
      )}
      {asked?.dialog === 'remove' && (
        <RemoveDialog person={asked.person} onChanged={refresh} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}

function PersonRow({
  person: { email, name, role, current, lastSeenAt, hasSecondFactor, ...counts },
  busy,
  onChangeRole,
  onAsk,
}: {
  readonly person: Person;
  readonly busy: boolean;
  readonly onChangeRole: (role: Person['role']) => void;
  readonly onAsk: (dialog: Asked['dialog']) => void;
}) {
  const isAdmin = role === 'admin';
  return (
    <Row
      title={email}
      badge={
        <>
          {isAdmin && <Badge tone="accent">Administrator</Badge>}
          {hasSecondFactor && <Badge>Second factor</Badge>}
          {current && <Badge>You</Badge>}
        </>
      }
      actions={
        !current && (
          <div className="flex flex-wrap gap-2">
            <Button
              size="sm"
              busy={busy}
              aria-label={`${isAdmin ? 'Make member' : 'Make administrator'}: ${email}`}
              onClick={() => onChangeRole(isAdmin ? 'member' : 'admin')}
            >
              {isAdmin ? 'Make member' : 'Make administrator'}
            </Button>
            <Button
              size="sm"
              aria-label={`Reset password: ${email}`}
              onClick={() => onAsk('reset')}
            >
              Reset password
            </Button>
            <Button
              size="sm"
              variant="danger"
              aria-label={`Remove ${email}`}
              onClick={() => onAsk('remove')}
            >
              Remove
            </Button>
          </div>
        )
      }
    >
      {name !== '' && !email.startsWith(`${name}@`) && <span>{name}</span>}
      <span>{formatItems(counts.projects, 'project')}</span>
      <span>{formatItems(counts.sessions, 'session')}</span>
      <span>{formatItems(counts.cliTokens, 'CLI token')}</span>
      <span>Last seen {lastSeenAt === null ? 'never' : <RelativeTime iso={lastSeenAt} />}</span>
    </Row>
  );
}
