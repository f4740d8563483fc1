/** Addresses that open private images, kept fresh as long as someone shows them. */
export interface SignedUrls {
  /** The address of an image; `null` while it is on its way. */
  get(key: string): string | null;
  /** Whether it could not be signed when that was tried last. */
  failed(key: string): boolean;
  /** Why the last request failed; `null` where it did not. */
  problem(): unknown;
  /** Hears when that changes; gives what ends it. */
  onProblem(changed: () => void): () => void;
  /** Tries again at once what has failed. */
  retry(): void;
  /** Wants the address from now on, and hears of every new one; gives what ends that. */
  subscribe(key: string, changed: () => void): () => void;
  /** The address has ended: another one is asked for. */
  renew(keys: Iterable<string>): void;
  /** Every address has ended, or may have. */
  renewAll(): void;
}

export interface SignedUrlsOptions {
  /** Signs many at once, at most `atOnce`. */
  readonly sign: (keys: string[]) => Promise<{
    readonly urls: readonly { readonly key: string; readonly url: string }[];
  }>;
  readonly atOnce: number;
  /** How long an address works: the server's time of its end says little to a clock that is off. */
  readonly lifeSeconds: number;
}

interface Entry {
  readonly url: string;
  /** When to ask for the next one: milliseconds since 1970. */
  readonly renewAt: number;
}

/** Grid tiles come in bursts: what is wanted within this time is one request. */
const GATHER_MS = 15;
const RETRY_MS = 5000;
const CHECK_MS = 15_000;
/** Share of an address's life after which it is renewed. */
const USED_SHARE = 0.75;
/** Addresses that nobody shows any more and that are kept for when they are shown again. */
const KEPT = 5000;

export function createSignedUrls({ sign, atOnce, lifeSeconds }: SignedUrlsOptions): SignedUrls {
  const entries = new Map<string, Entry>();
  const listeners = new Map<string, Set<() => void>>();
  const waiting = new Set<string>();
  /** The latest request for each: an answer to one before is of no use. */
  const asked = new Map<string, object>();
  /** What has failed and waits before it is asked for again. */
  const resting = new Set<string>();
  const problemListeners = new Set<() => void>();
  let problem: unknown = null;
  let gathering = false;
  let checking: ReturnType<typeof setInterval> | undefined;

  const setProblem = (next: unknown) => {
    if (problem === next) return;
    problem = next;
    for (const changed of problemListeners) changed();
  };

  const request = (key: string) => {
    if (asked.has(key) || resting.has(key)) return;
    waiting.add(key);
    if (!gathering) setTimeout(send, GATHER_MS);
    gathering = true;
  };

  const send = () => {
    gathering = false;
    // What has scrolled by meanwhile need not be signed.
    const keys = [...waiting].filter((key) => listeners.has(key));
    waiting.clear();
    for (let start = 0; start < keys.length; start += atOnce) {
      void ask(keys.slice(start, start + atOnce));
    }
  };

  const ask = async (keys: string[]) => {
    const mine = {};
    const isLatest = (key: string) => asked.get(key) === mine;
    for (const key of keys) asked.set(key, mine);
    const began = Date.now();
    try {
      const { urls } = await sign(keys);
      const renewAt = began + lifeSeconds * 1000 * USED_SHARE;
      for (const { key, url } of urls) {
        if (!isLatest(key)) continue;
        entries.delete(key);
        entries.set(key, { url, renewAt });
        for (const changed of listeners.get(key) ?? []) changed();
      }
      forgetOldest();
      setProblem(null);
    } catch (error) {
      // Those that still want an address say so, and ask again.
      const failed = keys.filter(isLatest);
      if (failed.length > 0) setProblem(error);
      for (const key of failed) {
        resting.add(key);
        for (const changed of listeners.get(key) ?? []) changed();
      }
      setTimeout(() => {
        const wanted = failed.filter((key) => resting.delete(key) && listeners.has(key));
        for (const key of wanted) request(key);
        // Nobody waits for it any more, so nobody need hear of it.
        if (wanted.length === 0 && waiting.size === 0 && asked.size === 0) setProblem(null);
      }, RETRY_MS);
    } finally {
      for (const key of keys) if (isLatest(key)) asked.delete(key);
    }
  };

  const forgetOldest = () => {
    for (const key of entries.keys()) {
      if (entries.size <= KEPT) return;
      if (!listeners.has(key)) entries.delete(key);
    }
  };

  const isFresh = (key: string) => (entries.get(key)?.renewAt ?? 0) > Date.now();
  const check = () => {
    for (const key of listeners.keys()) if (!isFresh(key)) request(key);
  };

  const renew = (keys: Iterable<string>) => {
    for (const key of keys) {
      const entry = entries.get(key);
      // What is on the screen stays there until the new one has come.
      if (entry && listeners.has(key)) entries.set(key, { ...entry, renewAt: 0 });
      else entries.delete(key);
      asked.delete(key);
      resting.delete(key);
      if (listeners.has(key)) request(key);
    }
  };

  return {
    get: (key) => entries.get(key)?.url ?? null,
    failed: (key) => resting.has(key),
    problem: () => problem,
    onProblem(changed) {
      problemListeners.add(changed);
      return () => problemListeners.delete(changed);
    },
    retry() {
      const wanted = [...resting].filter((key) => listeners.has(key));
      resting.clear();
      for (const key of wanted) request(key);
      if (wanted.length === 0) setProblem(null);
    },
    subscribe(key, changed) {
      const own = listeners.get(key) ?? new Set();
      listeners.set(key, own.add(changed));
      checking ??= setInterval(check, CHECK_MS);
      if (!isFresh(key)) {
        // One that has nearly ended is of no use to an image that begins to load now.
        if (own.size === 1) entries.delete(key);
        request(key);
      }
      return () => {
        own.delete(changed);
        if (own.size === 0) listeners.delete(key);
        if (listeners.size > 0) return;
        clearInterval(checking);
        checking = undefined;
      };
    },
    renew,
    renewAll: () => renew(new Set([...entries.keys(), ...asked.keys()])),
  };
}
