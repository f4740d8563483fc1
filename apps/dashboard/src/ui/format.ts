const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in a readable unit: 1024-based, at most three digits before the unit. */
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

/** A time relative to now, such as `3 minutes ago` or `in 6 days`; `null` for less than a minute. */
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

/** Seconds in the largest fitting unit, rounded up: `90` is `2 minutes`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const [name, length] = LENGTHS.find(([, size]) => whole >= size) ?? ['second', 1];
  const count = Math.ceil(whole / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

export const formatDateTime = (iso: string): string => full.format(new Date(iso));

const utcDay = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** A calendar day of the server, which counts usage in UTC. */
export const formatDay = (date: string): string => utcDay.format(new Date(date));

/** A count with its noun: `1 image`, `2,000 images`. */
export const formatItems = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
