import { useEffect, useState } from 'react';
import { texts } from '../texts/index.js';
import { formatDateTime, formatRelative } from './format.js';

const TICK_MS = 30_000;

/** The time, renewed twice a minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A time as seen from now, the exact one on hover. */
export function RelativeTime({ iso }: { readonly iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={formatDateTime(iso)}>
      {formatRelative(Date.parse(iso), now) ?? texts.common.justNow}
    </time>
  );
}
