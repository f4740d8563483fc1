import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { findDevice } from '../api/devices.js';
import { meQuery } from '../api/session.js';
import { SignInAgain } from '../shell/sign-in-again.js';
import { texts } from '../texts/index.js';
import { SkeletonRows } from '../ui/states.js';
import { DeviceAnswer } from './device-answer.js';
import { DeviceCodeForm } from './device-code-form.js';
import { Entrance } from './entrance.js';
import { formatUserCode, isCompleteUserCode } from './user-code.js';

type Verdict = { readonly verdict: 'approved' | 'denied'; readonly name: string };

/** Where `aura login` leads: which machine asks, and may it come in? */
export function DevicePage() {
  const { code: given } = useSearch({ from: '/signed-in/device' });
  const [code, setCode] = useState(() => formatUserCode(String(given ?? '')));
  const [done, setDone] = useState<Verdict | null>(null);
  const { data: me } = useQuery(meQuery);
  const lookup = useMutation({ mutationFn: findDevice });
  const words = texts.access.device;

  // Once: each look-up of a wrong code counts as a guess.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current || !isCompleteUserCode(code)) return;
    asked.current = true;
    lookup.mutate(code);
  }, [code, lookup.mutate]);

  const footer = (
    <>
      {me && words.signedInAs(me.email)} ·{' '}
      <Link to="/dashboard" className="underline underline-offset-2">
        {words.toDashboard}
      </Link>
    </>
  );
  if (done) {
    const { title, text } = words[done.verdict];
    return <Entrance title={title} text={<p role="status">{text(done.name)}</p>} footer={footer} />;
  }
  if (lookup.data) {
    return (
      <Entrance title={words.confirmTitle} text={words.confirmText} footer={footer}>
        <DeviceAnswer
          device={lookup.data}
          onDone={(verdict) => setDone({ verdict, name: lookup.data.name })}
          onOtherCode={() => {
            setCode('');
            lookup.reset();
          }}
        />
        <SignInAgain />
      </Entrance>
    );
  }
  return (
    <Entrance title={words.title} text={words.enterText} footer={footer}>
      {lookup.isPending && lookup.variables === code && given !== undefined && !lookup.error ? (
        <SkeletonRows rows={2} />
      ) : (
        <DeviceCodeForm
          code={code}
          onChange={(next) => {
            asked.current = true;
            setCode(next);
          }}
          error={lookup.error}
          busy={lookup.isPending}
          onSubmit={() => lookup.mutate(code)}
        />
      )}
      <SignInAgain />
    </Entrance>
  );
}
