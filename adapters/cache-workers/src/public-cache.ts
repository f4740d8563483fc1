import {
  type ByteRange,
  type DerivedBody,
  type DerivedOwner,
  type ObjectBody,
  openedWhenRead,
} from '@auraimage/ports';

const ID = /^[A-Za-z0-9_-]{1,32}$/;
/** Never `.` or `..`, which an address would lose. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,147}$/;
const PROJECT = /^[a-z0-9-]{1,40}$/;

/** How long an entry is kept, in seconds, if it is not evicted before: a week. */
const MAX_AGE_SECONDS = 604_800;
const LENGTH_HEADER = 'X-Aura-Length';
const PROJECT_HEADER = 'X-Aura-Project';

/** An entry: as bytes, if they are few. */
type Found =
  | { readonly project: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly bytes?: undefined; readonly body: DerivedBody };

/** Public entries in the cache of a data centre. */
export interface PublicCache {
  /** @param maxBytes largest entry that is read into memory */
  get(objectId: string, name: string, maxBytes: number): Promise<Found | null>;
  /** Whether the cache has taken it. Where the host has no cache, as on workers.dev, it takes everything and keeps nothing. */
  set(owner: DerivedOwner, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  remove(objectId: string, name: string): Promise<void>;
}

export function createPublicCache({
  cache,
  origin,
  onError = () => {},
}: {
  readonly cache: Cache;
  readonly origin: string;
  readonly onError?: (error: unknown) => void;
}): PublicCache {
  const addressOf = (objectId: string, name: string): string | null =>
    ID.test(objectId) && NAME.test(name) ? `${origin}/derived/${objectId}/${name}` : null;

  /** A failure of the cache is a miss. */
  const orElse = async <T>(work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      onError(error);
      return otherwise;
    }
  };

  const find = async (address: string, maxBytes: number): Promise<Found | null> => {
    const response = await cache.match(address);
    if (response === undefined) return null;
    const length = Number(response.headers.get(LENGTH_HEADER));
    if (length > maxBytes) return { body: bodyOf(cache, address, length, response) };
    const bytes = new Uint8Array(await response.arrayBuffer());
    const project = response.headers.get(PROJECT_HEADER) ?? '';
    return bytes.length === length ? { project, bytes } : null;
  };

  return {
    async get(objectId, name, maxBytes) {
      const address = addressOf(objectId, name);
      return address === null ? null : orElse(find(address, maxBytes), null);
    },
    async set({ objectId, project }, name, bytes) {
      const address = addressOf(objectId, name);
      if (address === null || !PROJECT.test(project)) return false;
      const headers = {
        'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
        'Content-Length': String(bytes.length),
        'Content-Type': 'application/octet-stream',
        [LENGTH_HEADER]: String(bytes.length),
        [PROJECT_HEADER]: project,
      };
      const kept = cache.put(address, new Response(bytes, { headers })).then(() => true);
      return orElse(kept, false);
    },
    async remove(objectId, name) {
      const address = addressOf(objectId, name);
      if (address !== null) await orElse(cache.delete(address), false);
    },
  };
}

/** The first `stream` is that of the response. Further ones and parts look into the cache again. */
function bodyOf(cache: Cache, address: string, length: number, response: Response): DerivedBody {
  let first = response.body;
  const stream = () => {
    const body = first ?? openedWhenRead(() => matched(cache, address));
    first = null;
    return body;
  };
  const slice = (range: ByteRange): ObjectBody => ({
    length: range.length,
    stream: () => openedWhenRead(() => matched(cache, address, range)),
  });
  return { length, stream, slice };
}

async function matched(
  cache: Cache,
  address: string,
  range?: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const headers: Record<string, string> =
    range === undefined ? {} : { Range: `bytes=${range.start}-${range.start + range.length - 1}` };
  const response = await cache.match(new Request(address, { headers }));
  if (response?.body && response.status === (range === undefined ? 200 : 206)) return response.body;
  await response?.body?.cancel();
  throw new Error('the cache has evicted an entry during its read');
}
