import type { ByteRange } from '@auraimage/ports';

/**
 * Reads a `Range` header for a representation of `size` bytes (RFC 9110 §14.1.2, §14.2).
 *
 * @returns the single range, cut to the size; `unsatisfiable`; or `null` where the header is to be
 *   ignored: absent, another unit, malformed, or several ranges, which this server does not combine
 */
export function parseRange(
  header: string | null,
  size: number,
): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? '');
  if (match === null) return null;
  const [first = '', last = ''] = match.slice(1);
  if (first === '') {
    if (last === '') return null;
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, length: end - start + 1 };
}
