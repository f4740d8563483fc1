import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { approveDevice, denyDevice } from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import type { DeviceRequest } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Field, Select } from '../ui/field.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';

/** How many days the token works; `null`: until it is revoked. */
const EXPIRIES = new Map<string, number | null>([
  ['30 days', 30],
  ['90 days', 90],
  ['Until I sign out', null],
]);
const DEFAULT_EXPIRY = '90 days';

/** Shows which device asks for access, and approves or denies it. */
export function DeviceApproval({
  device,
  onDone,
  onOtherCode,
}: {
  readonly device: DeviceRequest;
  readonly onDone: (verdict: 'approved' | 'denied') => void;
  readonly onOtherCode: () => void;
}) {
  const [expiry, setExpiry] = useState(DEFAULT_EXPIRY);
  const approve = useMutation({
    mutationFn: () => approveDevice(device.userCode, EXPIRIES.get(expiry) ?? null),
    onSuccess: () => onDone('approved'),
  });
  const deny = useMutation({
    mutationFn: () => denyDevice(device.userCode),
    onSuccess: () => onDone('denied'),
  });
  const error = approve.error ?? deny.error;
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2 *:odd:text-muted *:even:font-medium *:even:break-words">
        <dt>Code</dt>
        <dd className="font-mono tracking-wider">{device.userCode}</dd>
        <dt>Name</dt>
        <dd>{device.name}</dd>
        <dt>Address</dt>
        <dd className="font-mono">{device.address}</dd>
        <dt>Requested</dt>
        <dd>
          <RelativeTime iso={device.createdAt} />
        </dd>
      </dl>
      <Field label="Sign in for" hint="The command line asks to sign in again after that.">
        <Select value={expiry} onChange={(event) => setExpiry(event.target.value)}>
          {[...EXPIRIES.keys()].map((label) => (
            <option key={label}>{label}</option>
          ))}
        </Select>
      </Field>
      <Notice tone="warn">
        Approve only if you see the same code in a terminal that you just used.
      </Notice>
      <ErrorNotice error={error} />
      <div className="grid grid-cols-2 gap-3">
        <Button busy={deny.isPending} onClick={() => !approve.isPending && deny.mutate()}>
          Deny
        </Button>
        <Button
          variant="primary"
          busy={approve.isPending}
          onClick={() => !deny.isPending && approve.mutate()}
        >
          Approve
        </Button>
      </div>
      {hasCode(error, 'device_code_not_found') && (
        <Button variant="quiet" onClick={onOtherCode}>
          Enter another code
        </Button>
      )}
    </div>
  );
}
