/** Media types that the edge accepts as masters, with the file extension that each is stored under. */
export const MASTER_TYPES = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
  'image/heic': 'heic',
  'image/bmp': 'bmp',
} as const;

export type MasterType = keyof typeof MASTER_TYPES;

const TYPE_PATTERN = /^image\/(\*|[a-z0-9][a-z0-9.+-]{0,63})$/;

/** Whether a text may stand in `allowedTypes`: `image/*` or an exact image type in lower case. */
export function isTypePattern(value: unknown): value is string {
  return typeof value === 'string' && TYPE_PATTERN.test(value);
}

/**
 * Whether a detected type is among the allowed ones.
 *
 * @example
 * isTypeAllowed('image/png', ['image/jpeg', 'image/*']); // true
 */
export function isTypeAllowed(type: string, allowedTypes: readonly string[]): boolean {
  return allowedTypes.includes('image/*') || allowedTypes.includes(type);
}

/**
 * Names the type that a file's first bytes announce, or `null` for anything that is not a supported
 * master. It tells what the bytes claim to be: only a decoder can tell whether they are.
 *
 * Signatures: JPEG ITU-T T.81 B.1.1.3, PNG RFC 2083 §12.12, GIF89a §17, WebP RFC 9649 §2.4,
 * AVIF 1.1 §8 over ISO/IEC 14496-12 §4.3, TIFF 6.0 §2 (BigTIFF's 43 included).
 *
 * @param head the first bytes of the file; 64 are enough
 */
export function sniffMasterType(head: Uint8Array): MasterType | null {
  const text = String.fromCharCode(...head.subarray(0, 64));
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'image/tiff';
  if (text.slice(4, 8) === 'ftyp' && brands(text).some(isAvifBrand)) return 'image/avif';
  return null;
}

/** Major and compatible brands of an ISO base media file's `ftyp` box. */
function brands(text: string): string[] {
  const size = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + text.charCodeAt(i), 0);
  const box = text.slice(8, Math.min(size, text.length));
  const all = box.match(/[\s\S]{4}/g) ?? [];
  return all.filter((_, index) => index !== 1); // the second word is a version number
}

function isAvifBrand(brand: string): boolean {
  return brand === 'avif' || brand === 'avis';
}
