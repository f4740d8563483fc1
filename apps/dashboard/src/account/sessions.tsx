import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endSession, sessionsQuery } from '../api/account.js';
import type { Session } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { RelativeTime } from '../ui/time.js';
import { useToast } from '../ui/toasts.js';
import { browserName } from './browser-name.js';

export function Sessions() {
  const words = texts.account.sessions;
  const queryClient = useQueryClient();
  const toast = useToast();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => toast({ text: words.ended }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <Section title={words.title} description={words.text}>
      <ErrorNotice error={end.error} />
      <Loaded query={sessions}>
        {({ sessions: list }) => (
          <Rows label={words.list}>
            {list.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                busy={end.isPending && end.variables === session.id}
                onEnd={() => end.mutate(session.id)}
              />
            ))}
          </Rows>
        )}
      </Loaded>
    </Section>
  );
}

function SessionRow({
  session: { userAgent, current, address, createdAt, lastUsedAt },
  busy,
  onEnd,
}: {
  readonly session: Session;
  readonly busy: boolean;
  readonly onEnd: () => void;
}) {
  const words = texts.account.sessions;
  const { browser, system } = browserName(userAgent);
  const known = browser ?? words.unknownBrowser;
  const name = system ? words.onSystem(known, system) : known;
  return (
    <Row
      title={<span title={userAgent}>{name}</span>}
      badge={current && <Badge tone="accent">{words.current}</Badge>}
      actions={
        !current && (
          <Button
            size="sm"
            variant="danger"
            busy={busy}
            aria-label={words.endLabel(`${name}, ${address}`)}
            onClick={onEnd}
          >
            {words.end}
          </Button>
        )
      }
    >
      <span>
        {words.from} {address}
      </span>
      <span>
        {words.began} <RelativeTime iso={createdAt} />
      </span>
      <span>
        {words.used} <RelativeTime iso={lastUsedAt} />
      </span>
    </Row>
  );
}
