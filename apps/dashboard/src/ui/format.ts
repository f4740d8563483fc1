const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes as people read them: 1024-based, three digits at most before a unit. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  if (unit === 0 && value === 1) return '1 byte';
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat('en').format(count);
}

const SPANS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** A time seen from now, such as `3 minutes ago` or `in 6 days`; under a minute: `null`. */
export function formatRelative(time: number, now: number): string | null {
  const seconds = (time - now) / 1000;
  for (const [unit, length] of SPANS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return null;
}

const LENGTHS: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** Seconds as the largest unit that says enough, rounded up: `90` is `2 minutes`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const [name, length] = LENGTHS.find(([, size]) => whole >= size) ?? ['second', 1];
  const count = Math.ceil(whole / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

export const formatDateTime = (iso: string): string => full.format(new Date(iso));
