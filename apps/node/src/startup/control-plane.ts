import {
  type Control,
  type ControlOptions,
  type ControlPorts,
  createControl,
} from '@auraimage/control';
import { logDelivery } from '@auraimage/host';
import type { Limits } from '@auraimage/limits';
import type { DerivedStore } from '@auraimage/ports';
import { createWebhookSender } from '@auraimage/webhooks-http';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { readVersion } from '../config/version.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Stores } from './stores.js';

/** The control plane and its background work. */
export interface ControlPlane {
  readonly control: Control;
  /** Stops the background work. It continues at the next start. */
  stop(): Promise<void>;
}

/** Wires the control plane's ports to their adapters, resumes unfinished deletions, and sends events to webhooks. */
export function startControlPlane(
  stores: Stores & Pick<Limits, 'attempts'> & Pick<ControlPorts, 'provider'>,
  derived: Pick<DerivedStore, 'drop'>,
  options: Pick<
    ControlOptions,
    'publicUrl' | 'appUrl' | 'projectQuotaBytes' | 'auditDays' | 'legacyVisibilityTokens' | 'routes'
  > &
    Pick<Config, 'webhookNetworks'>,
  metrics: Pick<Metrics, 'webhookRequests'>,
  logger: Logger,
  onFailure: (failure: unknown) => void,
): ControlPlane {
  const version = readVersion();
  const sender = createWebhookSender({
    allowedNetworks: options.webhookNetworks,
    userAgent: `AuraImage/${version}`,
  });
  const control = createControl(
    {
      ...stores,
      derived,
      sender,
      clock: { now: Date.now },
    },
    {
      ...options,
      version,
      onFailure,
      onDelivery(report) {
        metrics.webhookRequests.inc({ outcome: report.outcome });
        logDelivery(logger, report);
      },
    },
  );
  const stopping = new AbortController();
  const deletions = control.runDeletions(stopping.signal).catch((err: unknown) => {
    logger.error({ err }, 'deletions stopped: they resume at the next start');
  });
  const deliveries = control.runDeliveries(stopping.signal).catch((err: unknown) => {
    logger.error({ err }, 'webhooks stopped: other servers and the next start send what is due');
  });
  return {
    control,
    async stop() {
      stopping.abort();
      await Promise.all([deletions, deliveries, control.close()]);
    },
  };
}
