import type { Route } from '@auraimage/http';
import { auditRoutes } from './audit.js';
import { createAccessChecks } from './auth/access.js';
import { authRoutes } from './auth/routes.js';
import { createSignInFailures } from './auth/sign-in-failures.js';
import type { ControlDependencies } from './dependencies.js';
import { docsRoutes } from './docs/routes.js';
import { diagnoseLinkRoutes } from './images/diagnose-link.js';
import { imageRoutes } from './images/images.js';
import { signRoutes } from './images/sign.js';
import { signedUrlRoutes } from './images/signed-urls.js';
import { overviewRoutes } from './overview.js';
import { peopleRoutes } from './people.js';
import type { ControlOptions, ControlPorts } from './ports.js';
import { projectChangeRoutes } from './projects/changes.js';
import { createDeletionJob } from './projects/deletion-job.js';
import { deletionRoutes } from './projects/deletions.js';
import { projectInvitationRoutes } from './projects/invitations.js';
import { memberRoutes } from './projects/members.js';
import { presetRoutes } from './projects/presets.js';
import { projectRoutes } from './projects/projects.js';
import { secretKeyRoutes } from './projects/secret-keys.js';
import { serveSecretRoutes } from './projects/serve-secret.js';
import { recipientRoutes } from './recipients.js';
import { createRetention } from './retention.js';
import { busiestRoutes } from './usage/busiest.js';
import { usageRoutes } from './usage/days.js';
import { deliveryRoutes } from './webhooks/deliveries.js';
import { createDeliveryJob } from './webhooks/delivery-job.js';
import { listenerRoutes } from './webhooks/listeners.js';
import { webhookRoutes } from './webhooks/webhooks.js';

/** The control plane: accounts, projects, keys and images, for their owners. */
export interface Control {
  readonly routes: readonly Route[];
  /**
   * Removes the images of deleted projects: first those of unfinished deletions, then those of each new one.
   * Resolves once the signal aborts, or with `once`, when nothing is left to do. Never rejects.
   */
  runDeletions(signal: AbortSignal, once?: 'once'): Promise<void>;
  /**
   * Sends events to webhooks, with those of other processes. Resolves once the signal aborts and requests in flight have
   * ended, after 5 seconds at the latest. With `once`, it also resolves when nothing is due. Never rejects.
   */
  runDeliveries(signal: AbortSignal, once?: 'once'): Promise<void>;
  /** Ends requests that wait for events. Call it before the server waits for its last requests. */
  endWaiting(): void;
  /** Removes what has reached its age: audit entries, and CLI tokens that have expired or are not used. */
  removeOld(signal: AbortSignal): Promise<void>;
  /** Writes the audit entries that are still in memory. Call it after the last request. Never rejects. */
  close(): Promise<void>;
}

/**
 * Creates the control plane. Its routes check access first, bound every body, list and query, and throw an
 * `ApiError` for every expected failure. Changes are committed together with their audit entry, except those of
 * sessions, passwords and devices, whose entry follows the change.
 *
 * @example
 * const control = createControl(ports, { publicUrl, appUrl, version, legacyVisibilityTokens, onFailure, routes });
 * const router = createRouter([...edge.routes, ...control.routes]);
 * await control.runDeletions(shutdown.signal);
 */
export function createControl(ports: ControlPorts, options: ControlOptions): Control {
  const { registry, clock, derived, objects } = ports;
  const deletions = createDeletionJob(
    {
      registry,
      clock,
      async removeBytes({ objectId }) {
        await derived.drop(objectId);
        await objects.remove(objectId);
      },
    },
    options.onFailure,
  );
  const signInFailures = createSignInFailures(ports, options);
  const stopping = new AbortController();
  return {
    routes: controlRoutes({
      ports,
      options,
      access: createAccessChecks(ports, options),
      signInFailures,
      wakeDeletions: deletions.wake,
      stopping: stopping.signal,
    }),
    runDeletions: deletions.run,
    runDeliveries: createDeliveryJob(ports, options),
    endWaiting: () => stopping.abort(),
    removeOld: createRetention(ports, options),
    close: signInFailures.close,
  };
}

/** Every route of the control plane. The API document has the same order. */
export function controlRoutes(dependencies: ControlDependencies): readonly Route[] {
  return [
    ...authRoutes(dependencies),
    ...peopleRoutes(dependencies),
    ...projectRoutes(dependencies),
    ...overviewRoutes(dependencies),
    ...projectChangeRoutes(dependencies),
    ...deletionRoutes(dependencies),
    ...memberRoutes(dependencies),
    ...projectInvitationRoutes(dependencies),
    ...secretKeyRoutes(dependencies),
    ...serveSecretRoutes(dependencies),
    ...presetRoutes(dependencies),
    ...signedUrlRoutes(dependencies),
    ...signRoutes(dependencies),
    ...diagnoseLinkRoutes(dependencies),
    ...imageRoutes(dependencies),
    ...webhookRoutes(dependencies),
    ...deliveryRoutes(dependencies),
    ...listenerRoutes(dependencies),
    ...recipientRoutes(dependencies),
    ...usageRoutes(dependencies),
    ...busiestRoutes(dependencies),
    ...auditRoutes(dependencies),
    ...docsRoutes(dependencies.options),
  ];
}
