/** Most pairs of an image's metadata. */
export const MAX_METADATA_PAIRS = 16;
/** Most bytes of an image's metadata as JSON in UTF-8. */
export const MAX_METADATA_BYTES = 2048;

const METADATA_KEY = /^[a-z0-9_-]{1,40}$/;

/**
 * Why a value cannot be the metadata of an image, or `null` if it can: at most 16 pairs, keys of 1 to 40 of
 * `a-z 0-9 _ -`, values of text, at most 2,048 bytes as JSON in UTF-8.
 *
 * @example
 * metadataProblem({ album: 'summer', order: '7' }); // null
 * metadataProblem({ order: 7 }); // 'must have text as values; "order" has not'
 */
export function metadataProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object of texts';
  }
  const pairs = Object.entries(value);
  if (pairs.length > MAX_METADATA_PAIRS) return `must have at most ${MAX_METADATA_PAIRS} pairs`;
  for (const [key, text] of pairs) {
    if (!METADATA_KEY.test(key)) {
      return `must have keys of 1 to 40 of a-z, 0-9, "_" and "-"; "${key.slice(0, 40)}" is not one`;
    }
    if (typeof text !== 'string') return `must have text as values; "${key}" has not`;
  }
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return bytes > MAX_METADATA_BYTES
    ? `must have at most ${MAX_METADATA_BYTES} bytes as JSON; it has ${bytes}`
    : null;
}
