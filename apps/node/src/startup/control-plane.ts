import { type Control, createControl } from '@auraimage/control';
import type { EdgeCache } from '@auraimage/ports';
import type { Logger } from 'pino';
import type { Addresses } from '../config/addresses.js';
import { readVersion } from '../config/version.js';
import type { Limits } from './limits.js';
import type { Stores } from './stores.js';

/** A control plane with what it does on its own. */
export interface ControlPlane {
  readonly control: Control;
  /** Stops what it does on its own: it goes on at the next start. */
  stop(): Promise<void>;
}

/** Wires the control plane's ports to their adapters, and goes on with deletions that have not finished. */
export function startControlPlane(
  stores: Stores & Pick<Limits, 'attempts'>,
  cache: Pick<EdgeCache, 'drop'>,
  { cdnUrl, appUrl }: Addresses,
  logger: Logger,
  onFailure: (failure: unknown) => void,
): ControlPlane {
  const { images, objects, variants } = stores;
  const control = createControl(
    {
      ...stores,
      images: { find: async (address) => (await images.find(address))?.image ?? null },
      async removeRemains({ objectId }) {
        await Promise.all([cache.drop(objectId), variants.drop(objectId)]);
        await objects.remove(objectId);
      },
      clock: { now: Date.now },
    },
    {
      publicUrl: cdnUrl,
      appUrl,
      version: readVersion(),
      onFailure,
    },
  );
  const stopping = new AbortController();
  const deletions = control.runDeletions(stopping.signal).catch((err: unknown) => {
    logger.error({ err }, 'deletions have stopped: the next start goes on with them');
  });
  return {
    control,
    async stop() {
      stopping.abort();
      await deletions;
    },
  };
}
