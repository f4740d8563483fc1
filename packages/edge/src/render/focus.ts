import { ApiError } from '@auraimage/http';
import { EngineBusyError, type Focus, type FocusKind } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { charged, checkBudget, type RenderContext } from './charge.js';
import { engineOptionsOf, type ReadableImage, readMaster, workOf } from './image.js';
import { createSingleFlight } from './single-flight.js';

/** Finds the point of a master that a crop must keep. Its record does not have it yet. */
export type FindFocus = (
  readable: ReadableImage,
  kind: FocusKind,
  context: RenderContext,
) => Promise<Focus>;

/**
 * Finds the focus of each master once and stores it in its record. If the search fails, the picture is cropped
 * around its middle and nothing is stored. `null`: the engine finds it only while it crops.
 */
export function createFindFocus(
  ports: Pick<EdgePorts, 'engine' | 'images' | 'objects' | 'encodeBudget'>,
  { maxJoinedMs, onFailure }: Pick<EdgeOptions, 'maxJoinedMs' | 'onFailure'>,
): FindFocus | null {
  const { engine, images, encodeBudget } = ports;
  const search = engine.findFocus?.bind(engine);
  if (search === undefined) return null;
  const singleFlight = createSingleFlight<Focus>(maxJoinedMs);
  return async (readable, kind, { signal, client, onSpent }) => {
    const { image } = readable;
    const work = workOf(readable, client);
    await checkBudget(encodeBudget, work);
    return singleFlight.run(`${image.objectId}/${kind}`, signal, async (shared) => {
      try {
        const body = await readMaster(ports, image);
        const focus = await charged(encodeBudget, work, onSpent, (onSpent) => {
          const options = { ...engineOptionsOf(image, client), signal: shared, onSpent };
          return search(body, image.type, kind, options);
        });
        await images.setFocus(image, kind, focus).catch(onFailure);
        return focus;
      } catch (error) {
        const isRefusal = error instanceof EngineBusyError || error instanceof ApiError;
        if (shared.aborted || isRefusal) throw error;
        onFailure(error);
        return null;
      }
    });
  };
}
