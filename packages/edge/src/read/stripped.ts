import { ApiError, isNotModified, type PlainRequest } from '@auraimage/http';
import { bytesBody, type DerivedBody, EngineBusyError } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { charged, checkBudget, type RenderContext } from '../render/charge.js';
import { createCooldown } from '../render/cooldown.js';
import {
  bodyOfNew,
  engineOptionsOf,
  keep,
  masterError,
  type ReadableImage,
  readMaster,
  workOf,
} from '../render/image.js';
import { createSingleFlight } from '../render/single-flight.js';
import { namePrefix } from '../render/spec.js';
import {
  type CacheControl,
  type CacheOutcome,
  partOf,
  type Representation,
  serverTiming,
  type Unmade,
} from './respond.js';

/** Its name among the derived bytes of its master, behind the prefix of all versions. */
const NAME = 'master-without-metadata';
/** A master whose metadata cannot be removed is not tried again for so long. It may have been the process that failed. */
const COOLDOWN_MS = 60_000;

/**
 * The master without its metadata, made once and kept like a variant. HEAD makes nothing.
 *
 * @param started `performance.now()` at the request's arrival
 * @throws {ApiError} `metadata_not_removable`, `encode_limit`
 */
export type StrippedOf = (
  readable: ReadableImage,
  request: Pick<PlainRequest, 'method' | 'headers'>,
  context: RenderContext,
  started: number,
) => Promise<Representation | Unmade>;

export function createStrippedOf(
  ports: Pick<EdgePorts, 'objects' | 'images' | 'engine' | 'encodeBudget' | 'clock'>,
  { maxJoinedMs, onFailure }: Pick<EdgeOptions, 'maxJoinedMs' | 'onFailure'>,
  cacheControl: CacheControl,
): StrippedOf {
  const { engine, images, encodeBudget } = ports;
  const singleFlight = createSingleFlight<Uint8Array<ArrayBuffer>>(maxJoinedMs);
  const cooldown = createCooldown(ports.clock);

  async function make(
    readable: ReadableImage,
    name: string,
    { client, onSpent }: RenderContext,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { image } = readable;
    const work = workOf(readable, client);
    await checkBudget(encodeBudget, work);
    const body = await readMaster(ports, image);
    const stripped = await charged(encodeBudget, work, onSpent, (onSpent) => {
      const options = { ...engineOptionsOf(image, client), signal, onSpent };
      return engine.removeMetadata(body, image.type, options);
    }).catch(async (error: unknown) => {
      if (signal.aborted || error instanceof EngineBusyError) throw error;
      throw await masterError(images, image, error);
    });
    if (!stripped.ok) {
      cooldown.start(image.objectId, COOLDOWN_MS);
      throw new ApiError('metadata_not_removable');
    }
    await keep(images, readable, name, stripped.bytes).catch(onFailure);
    return stripped.bytes;
  }

  return async (readable, { method, headers: requested }, context, started) => {
    const { image, derived } = readable;
    const name = namePrefix(image, engine.version) + NAME;
    const etag = `"${image.sha256.slice(0, 32)}-${name}"`;
    const missed: CacheOutcome = image.visibility === 'private' ? 'BYPASS' : 'MISS';
    const headers = { 'Cache-Control': cacheControl(image) };
    const timing = (outcome: CacheOutcome) => serverTiming(outcome, performance.now() - started);
    const found = (body: DerivedBody, source: 'HIT' | 'MISS'): Representation => {
      const outcome = missed === 'BYPASS' ? missed : source;
      return {
        ...{ etag, type: image.type, length: body.length, headers, timing },
        outcome: () => outcome,
        read: (range) => ({ body: partOf(body, range), outcome }),
      };
    };
    const kept = await derived.get(image.objectId, name);
    if (kept !== null) return found(kept, 'HIT');
    // A name always stands for the same bytes: a client that has them needs none.
    const ifNoneMatch = requested.get('if-none-match');
    const isKnown = ifNoneMatch?.trim() !== '*' && isNotModified(ifNoneMatch, etag);
    if (isKnown) return found(bytesBody(new Uint8Array(0)), 'MISS');
    if (cooldown.isCooling(image.objectId)) throw new ApiError('metadata_not_removable');
    if (method === 'HEAD')
      return { etag: null, type: image.type, headers, timing, outcome: missed };
    const id = `${image.objectId}/${name}`;
    const bytes = await singleFlight.run(id, context.signal, (shared) =>
      make(readable, name, context, shared),
    );
    return found(await bodyOfNew(readable, name, bytes), 'MISS');
  };
}
