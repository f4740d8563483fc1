import { ERRORS } from '@auraimage/protocol';
import { OpenAPIHono } from '@hono/zod-openapi';
import { authRoutes } from './auth/routes.js';
import type { ControlApp } from './context.js';
import { docsRoutes } from './docs/routes.js';
import { asControlError, ControlError, errorResponse } from './errors.js';
import {
  bounded,
  everyAnswer,
  pathOf,
  refuseInvalid,
  refuseOtherMethods,
  targetOf,
} from './http.js';
import { auditRoutes } from './routes/audit.js';
import { deletionRoutes } from './routes/deletions.js';
import { diagnoseLinkRoutes } from './routes/diagnose-link.js';
import { projectChangeRoutes } from './routes/project-changes.js';
import { projectNameRoutes } from './routes/project-names.js';
import { projectRoutes } from './routes/projects.js';
import { secretKeyRoutes } from './routes/secret-keys.js';
import { serveSecretRoutes } from './routes/serve-secret.js';
import { signRoutes } from './routes/sign.js';
import { signedUrlRoutes } from './routes/signed-urls.js';
import { usageRoutes } from './routes/usage.js';
import type { ControlServices } from './services.js';

/** Every route of the control plane, in order. */
export function createApp(services: ControlServices): ControlApp {
  const app = createFrame();

  authRoutes(app, services);
  projectRoutes(app, services);
  projectChangeRoutes(app, services);
  projectNameRoutes(app, services);
  deletionRoutes(app, services);
  secretKeyRoutes(app, services);
  serveSecretRoutes(app, services);
  signedUrlRoutes(app, services);
  signRoutes(app, services);
  diagnoseLinkRoutes(app, services);
  usageRoutes(app, services);
  auditRoutes(app, services);
  docsRoutes(app, services.options);

  refuseOtherMethods(app);
  return app;
}

/** What every answer passes through, those of errors included. */
export function createFrame(): ControlApp {
  const app: ControlApp = new OpenAPIHono({
    defaultHook: refuseInvalid,
    getPath: ({ url }) => pathOf(targetOf(url)),
  });
  app.onError((error, { env: { facts } }) => {
    const known = asControlError(error);
    facts.code = known.code;
    if (ERRORS[known.code].status >= 500) facts.failure = known.cause;
    return errorResponse(known);
  });
  app.notFound(() => {
    throw new ControlError('route_not_found');
  });
  app.use(everyAnswer, bounded);
  return app;
}
