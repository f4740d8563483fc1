/**
 * Returns new signed URLs for the keys, in their order; `null` for an image that the user may not see. In a server
 * component, pass a server action.
 */
export type RefreshUrls = (
  keys: string[],
) => Promise<readonly (string | null)[]> | readonly (string | null)[];

/** Images that were signed together are due within a few milliseconds of each other. */
const WINDOW_MS = 50;
/** Most keys of one call: about 30 KB, where a server action takes 1 MB. */
const MAX_KEYS = 100;

interface Waiting {
  readonly key: string;
  readonly resolve: (url: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the keys of images whose URLs are due at about the same time, and asks for all of them in one call.
 *
 * @returns a function that resolves to the new URL of a key, and rejects if there is none
 */
export function createUrlBatch(refreshUrls: RefreshUrls): (key: string) => Promise<string> {
  let waiting: Waiting[] = [];
  const send = async (batch: readonly Waiting[]) => {
    try {
      const keys = [...new Set(batch.map(({ key }) => key))];
      const urls = await refreshUrls(keys);
      for (const { key, resolve, reject } of batch) {
        const url = urls[keys.indexOf(key)];
        if (typeof url === 'string') resolve(url);
        else reject(new Error(`refreshUrls returned no URL for ${key}`));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const flush = () => {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += MAX_KEYS) void send(all.slice(at, at + MAX_KEYS));
  };
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setTimeout(flush, WINDOW_MS);
      waiting.push({ key, resolve, reject });
    });
}
