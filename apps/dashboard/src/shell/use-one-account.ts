import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { meQuery } from '../api/session.js';
import { onSignOutElsewhere, startOver } from './start-over.js';

/**
 * Starts over when another tab has signed out or signed in to another account: what is on the page
 * belongs to somebody else.
 */
export function useOneAccount(): void {
  const { data: me } = useQuery(meQuery);
  const account = useRef<string>(undefined);
  useEffect(() => {
    if (!me) return;
    account.current ??= me.accountId;
    if (account.current !== me.accountId) startOver('/dashboard');
  }, [me]);
  useEffect(() => onSignOutElsewhere(() => startOver('/dashboard/sign-in')), []);
}
