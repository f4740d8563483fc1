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

/** Each unit with its seconds, and the count from which the next unit is used. */
const SPANS: readonly (readonly [Intl.RelativeTimeFormatUnit, seconds: number, below: number])[] = [
  ['minute', 60, 60],
  ['hour', 3600, 24],
  ['day', 86_400, 30],
  ['month', 30 * 86_400, 12],
  ['year', 365 * 86_400, Number.POSITIVE_INFINITY],
];

// Not `yesterday` or `next week`: those depend on the calendar, not on the number of hours.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/**
 * A time relative to now, such as `3 minutes ago` or `in 7 days`. What lies ahead is rounded, so that a week minus a
 * second is 7 days; what has passed counts in full units.
 */
export function formatRelative(time: number, now: number): string {
  const seconds = Math.abs(time - now) / 1000;
  const isAhead = time > now;
  if (seconds < 60) return isAhead ? 'in less than a minute' : 'just now';
  const countIn = (length: number) =>
    isAhead ? Math.round(seconds / length) : Math.trunc(seconds / length);
  const [unit, length] = SPANS.find(([, size, below]) => countIn(size) < below) ?? ['year', 1];
  const count = Math.max(1, countIn(length));
  return relative.format(isAhead ? count : -count, unit);
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

const utcShortDay = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  timeZone: 'UTC',
});

/** {@link formatDay} without the year, for an axis. */
export const formatShortDay = (date: string): string => utcShortDay.format(new Date(date));

/** A count with its noun: `1 image`, `2,000 images`. */
export const formatItems = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
