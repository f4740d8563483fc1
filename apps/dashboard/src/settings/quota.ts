import { parseSize } from '@auraimage/protocol';

/** Reads a limit such as `10 GB`; nothing is no limit (`null`), and `undefined` what is no size. */
export function readQuota(text: string): number | null | undefined {
  const compact = text.replace(/\s+/g, '').toLowerCase();
  if (compact === '') return null;
  try {
    return parseSize(compact);
  } catch {
    return undefined;
  }
}

const UNITS = ['gb', 'mb', 'kb'] as const;
const FACTORS = { gb: 1024 ** 3, mb: 1024 ** 2, kb: 1024 } as const;

/** A limit as it is typed: exact, in the largest unit that it is a whole number of. */
export function writeQuota(bytes: number | null): string {
  if (bytes === null) return '';
  const unit = UNITS.find((one) => bytes > 0 && bytes % FACTORS[one] === 0);
  return unit ? `${bytes / FACTORS[unit]} ${unit.toUpperCase()}` : `${bytes} B`;
}
