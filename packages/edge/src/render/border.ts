import { ApiError } from '@auraimage/http';
import type { ImageRecord, Region } from '@auraimage/ports';
import { CodedError } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { charged, checkBudget, type RenderContext } from './charge.js';
import { collect, engineOptionsOf, keep, type ReadableImage, readMaster, workOf } from './image.js';
import { createSingleFlight } from './single-flight.js';
import { namePrefix } from './spec.js';

/** Beginning of its name among the derived bytes of its master, behind the prefix of all versions. */
export const BORDER = 'border-';

const RETRY_SECONDS = 60;

/** Part of a master inside its border; `null`: it has none. */
type Border = Region | null;

/** Finds what `trim` leaves of masters. */
export interface FindBorder {
  /** What was found before; `undefined` if it is not kept. */
  kept(source: ReadableImage, tolerance: number): Promise<Border | undefined>;
  /**
   * Searches if nothing is kept, which decodes the whole master and is charged. A search that fails is an error: the
   * picture with its border would be stored in caches as the one without.
   *
   * @throws {ApiError} `encode_limit`, `variant_unavailable`
   * @throws {CodedError} if the engine is busy, or the master was deleted or replaced
   */
  of(source: ReadableImage, tolerance: number, context: RenderContext): Promise<Border>;
}

/** @returns `null` if the engine cannot find borders */
export function createFindBorder(
  ports: Pick<EdgePorts, 'engine' | 'images' | 'objects' | 'encodeBudget'>,
  { maxJoinedMs, onFailure }: Pick<EdgeOptions, 'maxJoinedMs' | 'onFailure'>,
): FindBorder | null {
  const { engine, images, encodeBudget } = ports;
  const search = engine.findBorder?.bind(engine);
  if (search === undefined) return null;
  const singleFlight = createSingleFlight<Border>(maxJoinedMs);
  const nameOf = (image: ImageRecord, tolerance: number) =>
    `${namePrefix(image, engine.version)}${BORDER}${tolerance}`;

  async function kept(
    { image, derived }: ReadableImage,
    tolerance: number,
  ): Promise<Border | undefined> {
    const body = await derived.get(image.objectId, nameOf(image, tolerance));
    if (body === null) return undefined;
    // Only ever written below.
    return JSON.parse(new TextDecoder().decode(await collect(body))) as Border;
  }

  return {
    kept,
    async of(source, tolerance, { signal, client, onSpent }) {
      const known = await kept(source, tolerance);
      if (known !== undefined) return known;
      const { image } = source;
      const name = nameOf(image, tolerance);
      const work = workOf(source, client);
      await checkBudget(encodeBudget, work);
      return singleFlight.run(`${image.objectId}/${name}`, signal, async (shared) => {
        try {
          const body = await readMaster(ports, image);
          const border = await charged(encodeBudget, work, onSpent, (onSpent) => {
            const options = { ...engineOptionsOf(image, client), signal: shared, onSpent };
            return search(body, image.type, tolerance, options);
          });
          const text = new TextEncoder().encode(JSON.stringify(border));
          await keep(images, source, name, text).catch(onFailure);
          return border;
        } catch (error) {
          if (shared.aborted || error instanceof CodedError) throw error;
          onFailure(error);
          throw new ApiError('variant_unavailable', { retryAfterSeconds: RETRY_SECONDS });
        }
      });
    },
  };
}
