import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endSession, sessionsQuery } from '../api/auth.js';
import type { Session } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';

/** The browsers in which the person is signed in. */
export function Sessions() {
  const queryClient = useQueryClient();
  const toast = useToast();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => toast({ text: 'The session has ended' }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <Section title="Sessions" description="Browsers in which you are signed in.">
      <ErrorNotice error={end.error} />
      <Loaded query={sessions}>
        {({ sessions: list }) => (
          <Rows label="Your sessions">
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
  const { browser, system } = browserName(userAgent);
  const name = `${browser ?? 'Unknown browser'}${system ? ` on ${system}` : ''}`;
  return (
    <Row
      title={<span title={userAgent}>{name}</span>}
      badge={current && <Badge tone="accent">This browser</Badge>}
      actions={
        !current && (
          <Button
            size="sm"
            variant="danger"
            busy={busy}
            aria-label={`End session: ${name}, ${address}`}
            onClick={onEnd}
          >
            End
          </Button>
        )
      }
    >
      <span>From {address}</span>
      <span>
        Signed in <RelativeTime iso={createdAt} />
      </span>
      <span>
        Last used <RelativeTime iso={lastUsedAt} />
      </span>
    </Row>
  );
}

// The order matters: most browsers name other browsers too.
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
] as const;

const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** What a `User-Agent` claims to be, to tell sessions apart. A client can send anything in it. */
export function browserName(userAgent: string): {
  readonly browser: string | null;
  readonly system: string | null;
} {
  const find = (table: readonly (readonly [RegExp, string])[]) =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
  return { browser: find(BROWSERS), system: find(SYSTEMS) };
}
