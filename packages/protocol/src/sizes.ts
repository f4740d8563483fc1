const UNITS = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const;
const SIZE = /^(\d{1,15})(?:\.(\d{1,3}))?(b|kb|mb|gb)$/;

/** Thrown by {@link parseSize}. `code` is stable. */
export class InvalidSizeError extends Error {
  readonly code = 'invalid_size';
  override readonly name = 'InvalidSizeError';
}

/**
 * Parses a size into bytes. Units are 1024-based and may be in either case.
 *
 * @param size whole bytes, or a text such as `500kb`, `5mb`, `1.5gb`
 * @returns a positive whole number of bytes
 * @throws {InvalidSizeError} for anything else, such as a text without unit, zero, or over 2^53
 *
 * @example
 * parseSize('5mb'); // 5242880
 * parseSize(2048); // 2048
 */
export function parseSize(size: number | string): number {
  const bytes = typeof size === 'number' ? size : parseText(size);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidSizeError(
    `${shown(size)} is not a size: use whole bytes, or a number with b, kb, mb or gb, such as "5mb"`,
  );
}

function parseText(text: unknown): number {
  if (typeof text !== 'string') return Number.NaN;
  const match = SIZE.exec(text.trim().toLowerCase());
  if (match === null) return Number.NaN;
  const [, whole, fraction = '0', unit] = match;
  return Math.floor(Number(`${whole}.${fraction}`) * UNITS[unit as keyof typeof UNITS]);
}

/** Untyped callers may pass values that JSON cannot represent. */
function shown(size: unknown): string {
  if (typeof size === 'string') return JSON.stringify(size);
  return typeof size === 'number' ? String(size) : `a value of type ${typeof size}`;
}
