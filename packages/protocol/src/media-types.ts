/** Media types that the edge accepts as masters, with the extension that their keys get. */
export const MASTER_TYPES = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
  'image/heic': 'heic',
  'image/jxl': 'jxl',
  'image/bmp': 'bmp',
} as const;

export type MasterType = keyof typeof MASTER_TYPES;

/** Types of masters that most browsers do not show in an `<img>`. */
export const HIDDEN_TYPES: ReadonlySet<string> = new Set<MasterType>([
  'image/heic',
  'image/tiff',
  'image/jxl',
]);

const AVIF_BRANDS = new Set(['avif', 'avis']);
/** Brands of HEVC-coded images and image sequences. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx']);
/** The first box of a JPEG XL file that is not a bare codestream. */
const JXL_CONTAINER = '\0\0\0\x0cJXL \r\n\x87\n';
/** Bits per pixel of a BMP. */
const BMP_DEPTHS = new Set([1, 2, 4, 8, 16, 24, 32]);

const TYPE_PATTERN = /^(\*\/\*|image\/(\*|[a-z0-9][a-z0-9.+-]{0,63}))$/i;

/** Whether a value is valid in `allowedTypes`: `image/*`, `*\/*` or an exact image type, in any case. */
export function isTypePattern(value: unknown): value is string {
  return typeof value === 'string' && TYPE_PATTERN.test(value);
}

/**
 * The form of an allowed type that {@link isTypeAllowed} compares: lower case, `image/*` for any type, and the
 * registered name of a type that is often misspelled.
 *
 * @example
 * normalizeTypePattern('IMAGE/JPG'); // 'image/jpeg'
 */
export function normalizeTypePattern(pattern: string): string {
  const type = pattern.toLowerCase();
  return type === '*/*' ? 'image/*' : type === 'image/jpg' ? 'image/jpeg' : type;
}

/**
 * Whether a detected type is among the allowed ones, which are normalized.
 *
 * @example
 * isTypeAllowed('image/png', ['image/jpeg', 'image/*']); // true
 */
export function isTypeAllowed(type: string, allowedTypes: readonly string[]): boolean {
  return allowedTypes.includes('image/*') || allowedTypes.includes(type);
}

/**
 * Detects a file's type from its first bytes. Only a decoder can tell whether the file is valid.
 *
 * Signatures: JPEG ITU-T T.81 B.1.1.3, PNG RFC 2083 §12.12, GIF89a §17, WebP RFC 9649 §2.4,
 * AVIF 1.1 §8 and HEIC (ISO/IEC 23008-12 §B.4) over ISO/IEC 14496-12 §4.3, TIFF 6.0 §2 (BigTIFF's 43
 * included), JPEG XL ISO/IEC 18181-2 §9. BMP's signature has two bytes only, so its header must be plausible too.
 *
 * @param head the first bytes of the file; 64 are enough
 * @returns `null` for anything that is not a supported master
 *
 * @example
 * sniffMasterType(bytes.subarray(0, 64)); // 'image/png'
 */
export function sniffMasterType(head: Uint8Array): MasterType | null {
  const text = String.fromCharCode(...head.subarray(0, 64));
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'image/tiff';
  if (text.startsWith('\xff\x0a') || text.startsWith(JXL_CONTAINER)) return 'image/jxl';
  if (text.startsWith('BM') && isBmpHeader(head)) return 'image/bmp';
  if (text.slice(4, 8) === 'ftyp') return brandedType(brands(text));
  return null;
}

/**
 * Names a type that browsers show and this server refuses, by the first bytes of a file. XML counts as SVG.
 *
 * @returns `null` for anything else
 *
 * @example
 * nameRefusedType(new TextEncoder().encode('<svg xmlns="…">')); // 'SVG'
 */
export function nameRefusedType(head: Uint8Array): 'SVG' | 'ICO' | null {
  const text = String.fromCharCode(...head.subarray(0, 64));
  if (/^(\xef\xbb\xbf)?\s*<(svg[\s>]|\?xml|!doctype svg)/i.test(text)) return 'SVG';
  return text.startsWith('\0\0\x01\0') ? 'ICO' : null;
}

/** Checks header length, planes and depth, to rule out text that begins with "BM". */
function isBmpHeader(head: Uint8Array): boolean {
  if (head.length < 30) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = view.getUint32(14, true);
  const at = length === 12 ? 22 : 26;
  const [planes, depth] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
  return isBmpHeaderLength(length) && planes === 1 && BMP_DEPTHS.has(depth);
}

/** Windows 2.0 and OS/2 1.0 have 12 bytes, OS/2 2.0 and Windows 3.0 16 to 64 in whole fields, later ones the last two. */
function isBmpHeaderLength(length: number): boolean {
  const isWhole = length % 4 === 0 || length === 42 || length === 46;
  return (
    length === 12 || (length >= 16 && length <= 64 && isWhole) || length === 108 || length === 124
  );
}

/** Ignores `mif1`, the brand of any still image, which does not tell how the pixels are coded. */
function brandedType(found: readonly string[]): MasterType | null {
  if (found.some((brand) => AVIF_BRANDS.has(brand))) return 'image/avif';
  if (found.some((brand) => HEIC_BRANDS.has(brand))) return 'image/heic';
  return null;
}

/** Major and compatible brands of an ISO base media file's `ftyp` box. */
function brands(text: string): string[] {
  const size = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + text.charCodeAt(i), 0);
  const box = text.slice(8, Math.min(size, text.length));
  const all = box.match(/[\s\S]{4}/g) ?? [];
  return all.filter((_, index) => index !== 1); // the second word is a version number
}
