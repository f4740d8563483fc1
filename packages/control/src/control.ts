import type { Route } from '@auraimage/http';
import { auditRoutes } from './audit/routes.js';
import { createAccessChecks } from './auth/access.js';
import { authRoutes } from './auth/routes.js';
import type { ControlDependencies } from './dependencies.js';
import { docsRoutes } from './docs/routes.js';
import { diagnoseLinkRoutes } from './images/diagnose-link.js';
import { imageRoutes } from './images/images.js';
import { signRoutes } from './images/sign.js';
import { signedUrlRoutes } from './images/signed-urls.js';
import type { ControlOptions, ControlPorts } from './ports.js';
import { projectChangeRoutes } from './projects/changes.js';
import { createDeletionJob } from './projects/deletion-job.js';
import { deletionRoutes } from './projects/deletions.js';
import { projectNameRoutes } from './projects/names.js';
import { projectRoutes } from './projects/projects.js';
import { secretKeyRoutes } from './projects/secret-keys.js';
import { serveSecretRoutes } from './projects/serve-secret.js';
import { usageRoutes } from './usage/routes.js';

/** What owners ask for, over HTTP. */
export interface Control {
  readonly routes: readonly Route[];
  /** Removes what is left of deleted projects, now and whenever one is deleted, until the signal aborts. */
  runDeletions(signal: AbortSignal): Promise<void>;
}

/**
 * Makes the control plane: accounts, projects, keys and images for their owners.
 *
 * @example
 * const control = createControl(ports, { publicUrl, appUrl, version, legacyVisibilityTokens, onFailure, routes });
 * const router = createRouter([...edge.routes, ...control.routes]);
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
  return {
    routes: controlRoutes({
      ports,
      options,
      access: createAccessChecks(ports, options),
      wakeDeletions: deletions.wake,
    }),
    runDeletions: deletions.run,
  };
}

/** Every route of the control plane, in the order of the API's description. */
export function controlRoutes(dependencies: ControlDependencies): readonly Route[] {
  return [
    ...authRoutes(dependencies),
    ...projectRoutes(dependencies),
    ...projectChangeRoutes(dependencies),
    ...projectNameRoutes(dependencies),
    ...deletionRoutes(dependencies),
    ...secretKeyRoutes(dependencies),
    ...serveSecretRoutes(dependencies),
    ...signedUrlRoutes(dependencies),
    ...signRoutes(dependencies),
    ...diagnoseLinkRoutes(dependencies),
    ...imageRoutes(dependencies),
    ...usageRoutes(dependencies),
    ...auditRoutes(dependencies),
    ...docsRoutes(dependencies.options),
  ];
}
