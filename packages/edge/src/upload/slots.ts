import { ApiError } from '@auraimage/http';
import type { BodyDeadline } from './receive.js';

/** A project or client may hold this many times as many slots as are free: three quarters of all, if it is alone. */
const SHARE_OF_FREE = 3;
/** Of these slots, a client beyond its share may take one for each project that has none: all but an eighth. */
const KEPT_FREE = 1 / 8;
/** An upload that receives this many bytes a second keeps its slot, whoever waits: 64 KB. */
const KEPT_BYTES_PER_SECOND = 64 * 1024;

/** Whom an upload counts for. */
interface Uploader {
  readonly project: string;
  /** The network of the client. */
  readonly client: string;
}

type Body = Pick<BodyDeadline, 'rate' | 'isTooSlow' | 'end' | 'clear'>;

/** The slot of one upload. */
export interface UploadSlot {
  /** Receives the body, then clears its deadline. Meanwhile the upload may be ended for another one. */
  whileReceiving<B extends Body, T>(body: B, receive: (body: B) => Promise<T>): Promise<T>;
}

interface Held extends Uploader {
  /** The body while it is being received: afterwards the upload is not ended any more. */
  body: Body | null;
}

/**
 * Limits the concurrent uploads of this process, since each may hold a connection, a file and a decoder's
 * memory. Each project and each client has a share. When an upload would get no slot, the slowest one is ended
 * instead, if its project or client holds more or if it is slower than the minimum rate. An upload in its first
 * seconds is never ended, nor is one whose body has arrived.
 *
 * @returns a function that runs `work` in a slot, and throws `too_many_uploads` if there is none
 *
 * @example
 * const withSlot = createUploadSlots(64);
 * await withSlot({ project: 'my-app', client: '203.0.113.7' }, (slot) => slot.whileReceiving(deadline, receiveBody));
 */
export function createUploadSlots(limit: number) {
  const held = new Set<Held>();

  const admit = (upload: Held): void => {
    const projects = tally(held, 'project');
    const clients = tally(held, 'client');
    const free = limit - held.size;
    const most = SHARE_OF_FREE * Math.max(0, free);
    const countOf = (counts: ReadonlyMap<string, number>, name: string) => counts.get(name) ?? 0;
    const projectIsFull = countOf(projects, upload.project) >= most;
    // Unrelated projects may share an address, behind a provider's or a proxy's.
    const isFirst = countOf(projects, upload.project) === 0 && free > limit * KEPT_FREE;
    const clientIsFull = countOf(clients, upload.client) >= most && !isFirst;
    if (projectIsFull || clientIsFull) {
      /** Whether taking over this slot keeps the new upload within its shares. */
      const fits = ({ project, client }: Held): boolean =>
        free <= 0 ||
        ((!projectIsFull || project === upload.project) &&
          (!clientIsFull || client === upload.client));
      /** Whether its project or client holds more, also after the exchange. */
      const holdsMore = ({ project, client }: Held): boolean => {
        const ofProject = countOf(projects, project) - countOf(projects, upload.project);
        const ofClient = countOf(clients, client) - countOf(clients, upload.client);
        return ofProject > 1 || (ofProject >= 0 && ofClient > 1);
      };
      const slowest = slowestOf(held, (other) => {
        return fits(other) && (other.body?.isTooSlow() || holdsMore(other));
      });
      if (slowest === null) throw tooManyUploads();
      end(slowest);
      held.delete(slowest);
    }
    held.add(upload);
  };

  return async <T>(
    { project, client }: Uploader,
    work: (slot: UploadSlot) => Promise<T>,
  ): Promise<T> => {
    const upload: Held = { project, client, body: null };
    admit(upload);
    try {
      return await work({
        async whileReceiving(body, receive) {
          upload.body = body;
          try {
            return await receive(body);
          } finally {
            upload.body = null;
            body.clear();
          }
        },
      });
    } finally {
      held.delete(upload);
    }
  };
}

/** @throws {ApiError} `too_many_uploads` where one request cannot end another, as in Workers */
function end({ body }: Held): void {
  try {
    body?.end(tooManyUploads());
  } catch {
    throw tooManyUploads();
  }
}

function tooManyUploads(): ApiError {
  return new ApiError('too_many_uploads', { retryAfterSeconds: 1 });
}

function tally(held: Iterable<Held>, member: keyof Uploader): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { [member]: name } of held) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The slowest upload below the rate that keeps its slot, of those that `mayEnd`. */
function slowestOf(held: Iterable<Held>, mayEnd: (upload: Held) => boolean): Held | null {
  let slowest: Held | null = null;
  let lowest = KEPT_BYTES_PER_SECOND;
  for (const upload of held) {
    const rate = upload.body?.rate() ?? Number.POSITIVE_INFINITY;
    if (rate >= lowest || !mayEnd(upload)) continue;
    slowest = upload;
    lowest = rate;
  }
  return slowest;
}
