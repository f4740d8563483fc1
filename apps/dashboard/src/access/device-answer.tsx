import { useMutation } from '@tanstack/react-query';
import { approveDevice, denyDevice } from '../api/devices.js';
import { hasCode } from '../api/errors.js';
import type { DeviceRequest } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { RelativeTime } from '../ui/time.js';

export function DeviceAnswer({
  device,
  onDone,
  onOtherCode,
}: {
  readonly device: DeviceRequest;
  readonly onDone: (verdict: 'approved' | 'denied') => void;
  readonly onOtherCode: () => void;
}) {
  const words = texts.access.device;
  const approve = useMutation({
    mutationFn: () => approveDevice(device.userCode),
    onSuccess: () => onDone('approved'),
  });
  const deny = useMutation({
    mutationFn: () => denyDevice(device.userCode),
    onSuccess: () => onDone('denied'),
  });
  const error = approve.error ?? deny.error;
  const facts = [
    [
      words.facts.code,
      <span key="code" className="font-mono tracking-wider">
        {device.userCode}
      </span>,
    ],
    [words.facts.name, device.name],
    [
      words.facts.address,
      <span key="address" className="font-mono">
        {device.address}
      </span>,
    ],
    [words.facts.asked, <RelativeTime key="asked" iso={device.createdAt} />],
  ] as const;
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="font-medium break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <Notice tone="warn">{words.warning}</Notice>
      <ErrorNotice error={error} />
      <div className="grid grid-cols-2 gap-3">
        <Button busy={deny.isPending} onClick={() => !approve.isPending && deny.mutate()}>
          {words.deny}
        </Button>
        <Button
          variant="primary"
          busy={approve.isPending}
          onClick={() => !deny.isPending && approve.mutate()}
        >
          {words.approve}
        </Button>
      </div>
      {hasCode(error, 'device_code_not_found') && (
        <Button variant="quiet" onClick={onOtherCode}>
          {words.otherCode}
        </Button>
      )}
    </div>
  );
}
