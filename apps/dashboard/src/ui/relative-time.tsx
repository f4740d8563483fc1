import { useEffect, useState } from 'react';
import { formatDateTime, formatRelative } from './format.js';

const TICK_MS = 30_000;

/** A time relative to now, updated twice a minute; the exact time is in the tooltip. */
export function RelativeTime({ iso }: { readonly iso: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={iso} title={formatDateTime(iso)}>
      {formatRelative(Date.parse(iso), now)}
    </time>
  );
}
