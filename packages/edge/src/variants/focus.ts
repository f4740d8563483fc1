import { ApiError } from '@auraimage/http';
import { EngineBusyError, type Focus, type FocusKind, type ImageRecord } from '@auraimage/ports';
import type { EdgePorts } from '../ports.js';
import { readOrigin } from '../serve/master.js';
import { charged, type Errand } from './charge.js';
import { createFlights } from './flights.js';

/** Tells where a master matters most. */
export type SeekFocus = (image: ImageRecord, kind: FocusKind, errand: Errand) => Promise<Focus>;

/**
 * Seeks the focus of each master once and keeps it in its record. A search that fails is one that found
 * nothing, but is not remembered: the picture is then cut around its middle.
 */
export function createSeekFocus(
  ports: Pick<EdgePorts, 'engine' | 'images' | 'objects' | 'encodeBudget'>,
  onFailure: (failure: unknown) => void,
): SeekFocus {
  const { engine, images, encodeBudget } = ports;
  const flights = createFlights<Focus>();
  return async (image, kind, { signal, onSpent }) => {
    const known = image.focus[kind];
    if (known !== undefined) return known;
    return flights.join(`${image.objectId}/${kind}`, signal, async (flightSignal) => {
      try {
        const body = await readOrigin(ports, image);
        const search = () =>
          engine.findFocus(body, image.type, kind, { signal: flightSignal, owner: image.project });
        const focus = await charged(
          encodeBudget,
          image.project,
          { signal: flightSignal, onSpent },
          search,
        );
        await images.setFocus(image, kind, focus).catch(onFailure);
        return focus;
      } catch (error) {
        if (flightSignal.aborted || error instanceof EngineBusyError || error instanceof ApiError) {
          throw error;
        }
        onFailure(error);
        return null;
      }
    });
  };
}
