/** @typedef {{ fmt: string, w: number, q: number }} Variant */

/**
 * @param {string} image
 * @param {Variant} variant
 */
export function variantUrl(image, { fmt, w, q }) {
  return `${image}?w=${w}&q=${q}&fmt=${fmt}`;
}

/**
 * @param {string} url
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchBytes(url) {
  const response = await fetch(url);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return bytes;
}

/**
 * Fetches every URL once, over a number of connections.
 *
 * @param {readonly string[]} urls
 * @param {number} connections
 */
export async function fetchAll(urls, connections) {
  const waiting = urls.values();
  let bytes = 0;
  const started = performance.now();
  const lane = async () => {
    for (const url of waiting) {
      const { length } = await fetchBytes(url);
      bytes += length;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return { seconds: (performance.now() - started) / 1000, bytes };
}
