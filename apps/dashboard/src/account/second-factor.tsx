import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { methodsQuery } from '../api/auth.js';
import { loadChunk } from '../shell/load-chunk.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Loaded } from '../ui/states.js';

/** With fewer backup codes than this, the page asks for new ones. */
const FEW_CODES = 3;

const SecondFactorDialog = lazy(() =>
  loadChunk(() => import('./second-factor-dialog.js')).then(({ SecondFactorDialog }) => ({
    default: SecondFactorDialog,
  })),
);

/** The codes of an authenticator app that a sign-in asks for. */
export function SecondFactor() {
  const methods = useQuery(methodsQuery);
  const [dialog, setDialog] = useState<'enable' | 'renew' | 'disable' | null>(null);
  return (
    <Section
      title="Second factor"
      description="After your password, signing in asks for a code from an authenticator app on your phone. Whoever has your password alone cannot sign in."
    >
      <Loaded query={methods}>
        {({ secondFactor }) =>
          secondFactor === null ? (
            <div>
              <Button onClick={() => setDialog('enable')}>Turn on</Button>
            </div>
          ) : (
            <>
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <Badge tone="accent">On</Badge>
                <span className="text-muted">
                  Turned on <RelativeTime iso={secondFactor.enabledAt} />.
                </span>
                <span className={secondFactor.backupCodes < FEW_CODES ? 'text-warn' : 'text-muted'}>
                  {secondFactor.backupCodes} of 10 backup codes left.
                </span>
              </p>
              <div className="flex flex-wrap gap-2">
                <Button onClick={() => setDialog('renew')}>New backup codes</Button>
                <Button variant="danger" onClick={() => setDialog('disable')}>
                  Turn off
                </Button>
              </div>
            </>
          )
        }
      </Loaded>
      <Suspense>
        {dialog && <SecondFactorDialog kind={dialog} onClose={() => setDialog(null)} />}
      </Suspense>
    </Section>
  );
}
