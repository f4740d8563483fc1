import { type Control, type ControlOptions, createControl } from '@auraimage/control';
import type { DerivedStore } from '@auraimage/ports';
import type { Logger } from 'pino';
import { readVersion } from '../config/version.js';
import type { Limits } from './limits.js';
import type { Stores } from './stores.js';

/** The control plane and its background work. */
export interface ControlPlane {
  readonly control: Control;
  /** Stops the background work. It continues at the next start. */
  stop(): Promise<void>;
}

/** Wires the control plane's ports to their adapters, and resumes unfinished deletions. */
export function startControlPlane(
  stores: Stores & Pick<Limits, 'attempts'>,
  derived: Pick<DerivedStore, 'drop'>,
  options: Pick<
    ControlOptions,
    'publicUrl' | 'appUrl' | 'projectQuotaBytes' | 'auditDays' | 'legacyVisibilityTokens' | 'routes'
  >,
  logger: Logger,
  onFailure: (failure: unknown) => void,
): ControlPlane {
  const control = createControl(
    {
      ...stores,
      derived,
      clock: { now: Date.now },
    },
    { ...options, version: readVersion(), onFailure },
  );
  const stopping = new AbortController();
  const deletions = control.runDeletions(stopping.signal).catch((err: unknown) => {
    logger.error({ err }, 'deletions stopped: they resume at the next start');
  });
  return {
    control,
    async stop() {
      stopping.abort();
      await Promise.all([deletions, control.close()]);
    },
  };
}
