import { isRecipient, MAX_SERVE_SECONDS, MIN_SERVE_SECONDS } from '@auraimage/protocol';
import { InvalidArgumentError } from 'commander';
import { usageError } from './errors.js';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * Reads how long a link works: seconds, or a number with s, m, h or d.
 *
 * @throws a usage error outside 60 seconds to 7 days
 *
 * @example
 * parseLifetime('10m'); // 600
 */
export function parseLifetime(text: string): number {
  const match = /^(\d{1,6})([smhd])?$/.exec(text.trim());
  const unit = (match?.[2] ?? 's') as keyof typeof SECONDS;
  const seconds = match === null ? Number.NaN : Number(match[1]) * SECONDS[unit];
  if (seconds >= MIN_SERVE_SECONDS && seconds <= MAX_SERVE_SECONDS) return seconds;
  throw usageError(
    `${JSON.stringify(text)} is not a lifetime of a link`,
    'Give 60s to 7d, such as 10m, 1h or 7d.',
  );
}

/** Makes a parser for an option whose value is a whole number; both bounds are allowed values. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** Parses an option or argument that is the label of a recipient. */
export function recipientLabel(text: string): string {
  if (isRecipient(text)) return text;
  throw new InvalidArgumentError('It is 1 to 64 of letters, digits, ".", "_", ":", "@" and "-".');
}

/** @example formatBytes(1536); // "1.5 KB" */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** @example dayOf('2027-02-28T09:30:00.000Z'); // "2027-02-28" */
export function dayOf(time: string): string {
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? '' : new Date(milliseconds).toISOString().slice(0, 10);
}

/** @example formatDuration(150); // "2 minutes" */
export function formatDuration(seconds: number): string {
  const whole = Math.abs(Math.round(seconds));
  const steps = [
    [86_400 * 2, 86_400, 'days'],
    [3600 * 2, 3600, 'hours'],
    [60 * 2, 60, 'minutes'],
  ] as const;
  for (const [from, unit, name] of steps) {
    if (whole >= from) return `${Math.floor(whole / unit)} ${name}`;
  }
  return whole === 1 ? '1 second' : `${whole} seconds`;
}
