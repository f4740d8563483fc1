import { UsageError } from './command.js';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads a time such as `90s`, `30m`, `24h` or `7d`; in milliseconds.
 *
 * @throws {UsageError} naming the option
 */
export function parseTime(option: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === '') throw new UsageError(`${option} ${text}: give a time such as 30m, 24h or 7d`);
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}

/** Bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${['', 'KB', 'MB', 'GB', 'TB'][power]}`;
}

/** A number of things: `1 object`, `2 objects`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
