import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { SignInForm } from '../access/sign-in-form.js';
import { meQuery } from '../api/session.js';
import { texts } from '../texts/index.js';
import { Dialog } from '../ui/dialog.js';
import { renewAll } from './renew-all.js';
import { sessionGate, useSessionEnded } from './session-gate.js';
import { startOver } from './start-over.js';

/** Asks to sign in again over the page as it stands, so that nothing typed into it is lost. */
export function SignInAgain() {
  return useSessionEnded() ? <Asking /> : null;
}

function Asking() {
  const queryClient = useQueryClient();
  // Who was signed in when this opened: the query may be asked again meanwhile.
  const [before] = useState(() => queryClient.getQueryData(meQuery.queryKey));
  const { title, text } = texts.access.again;
  return (
    <Dialog insistent title={title} description={text} onClose={() => {}}>
      <SignInForm
        email={before?.email ?? ''}
        onSignedIn={async (me) => {
          // The page shows what belongs to someone else.
          if (before && before.accountId !== me.accountId) return startOver('/dashboard');
          sessionGate.open();
          // What fails of it is told where it is shown.
          await renewAll(queryClient).catch(() => {});
        }}
      />
    </Dialog>
  );
}
