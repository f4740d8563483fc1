import { useMutation, useQuery } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { findDevice, meQuery } from '../api/auth.js';
import { AuthLayout } from '../auth/auth-layout.js';
import { DeviceApproval } from '../auth/device-approval.js';
import { DeviceCodeForm, formatUserCode, isCompleteUserCode } from '../auth/device-code-form.js';
import { requireSession } from '../auth/require-session.js';
import { SignInAgain } from '../auth/sign-in-again.js';
import { SkeletonRows } from '../ui/states.js';

export const Route = createFileRoute('/device')({
  beforeLoad: requireSession,
  validateSearch: ({ code }): { code?: string | number } =>
    // The router parses a code of digits as a number.
    typeof code === 'string' || typeof code === 'number' ? { code } : {},
  component: DevicePage,
});

const OUTCOMES = {
  approved: {
    title: 'Approved',
    text: (name: string) =>
      `${name} is signed in. Go back to your terminal. You can close this page.`,
  },
  denied: {
    title: 'Denied',
    text: (name: string) =>
      `${name} has no access. If you did not start this, you need to do nothing more.`,
  },
} as const;

/** Approves a device that runs `aura login`. */
function DevicePage() {
  const { code: given } = Route.useSearch();
  const [code, setCode] = useState(() => formatUserCode(String(given ?? '')));
  const [done, setDone] = useState<keyof typeof OUTCOMES | null>(null);
  const { data: me } = useQuery(meQuery);
  const lookup = useMutation({ mutationFn: findDevice });

  // Once: each lookup of a wrong code counts as an attempt.
  const lookedUp = useRef(false);
  useEffect(() => {
    if (lookedUp.current || !isCompleteUserCode(code)) return;
    lookedUp.current = true;
    lookup.mutate(code);
  }, [code, lookup.mutate]);

  const footer = (
    <>
      {me && `Signed in as ${me.email}`} ·{' '}
      <Link to="/dashboard" className="underline underline-offset-2">
        Go to the dashboard
      </Link>
    </>
  );
  const device = lookup.data;
  if (device && done) {
    const { title, text } = OUTCOMES[done];
    return (
      <AuthLayout title={title} text={<p role="status">{text(device.name)}</p>} footer={footer} />
    );
  }
  if (device) {
    return (
      <AuthLayout
        title="Give this device access?"
        text="It can do everything that you can do here, until you revoke it under Account."
        footer={footer}
      >
        <DeviceApproval
          device={device}
          onDone={setDone}
          onOtherCode={() => {
            setCode('');
            lookup.reset();
          }}
        />
        <SignInAgain />
      </AuthLayout>
    );
  }
  const isLookingUpGivenCode =
    given !== undefined && lookup.isPending && lookup.variables === code && !lookup.error;
  return (
    <AuthLayout
      title="Connect a device"
      text="Enter the code that your terminal shows."
      footer={footer}
    >
      {isLookingUpGivenCode ? (
        <SkeletonRows rows={2} />
      ) : (
        <DeviceCodeForm
          code={code}
          onChange={(next) => {
            lookedUp.current = true;
            setCode(next);
          }}
          error={lookup.error}
          busy={lookup.isPending}
          onSubmit={() => lookup.mutate(code)}
        />
      )}
      <SignInAgain />
    </AuthLayout>
  );
}
