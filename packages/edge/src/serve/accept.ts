import type { VariantFormat } from '@auraimage/protocol';

/**
 * How much a client wants a format, 0 to 1, by its `Accept` (RFC 9110 §12.5.1). AVIF and WebP have to be
 * named: clients that know neither send a star as well. Without the header everything but these two is
 * acceptable.
 *
 * @example
 * acceptance('image/webp,*\/*;q=0.8', 'webp'); // 1
 * acceptance('image/webp,*\/*;q=0.8', 'avif'); // 0
 */
export function acceptance(accept: string | null, format: VariantFormat): number {
  const named = new Map<string, number>();
  for (const range of (accept ?? '*/*').slice(0, MAX_LENGTH).split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const quality = parameters.map((text) => QUALITY.exec(text)?.[1]).find((q) => q !== undefined);
    named.set(type.trim().toLowerCase(), quality === undefined ? 1 : Number(quality));
  }
  const exact = named.get(`image/${format}`);
  if (exact !== undefined || format === 'avif' || format === 'webp') return exact ?? 0;
  return named.get('image/*') ?? named.get('*/*') ?? 0;
}

/** Browsers send some 150 characters. */
const MAX_LENGTH = 1000;
const QUALITY = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i;
