import { ERRORS } from '@auraimage/protocol';
import { OpenAPIHono } from '@hono/zod-openapi';
import { authRoutes } from './auth/routes.js';
import type { ControlApp } from './context.js';
import { asControlError, ControlError, errorResponse } from './errors.js';
import { bounded, everyAnswer, refuseInvalid, refuseOtherMethods } from './http.js';
import type { ControlServices } from './services.js';

/** Every route of the control plane, in order. */
export function createApp(services: ControlServices): ControlApp {
  const app: ControlApp = new OpenAPIHono({ defaultHook: refuseInvalid });
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

  authRoutes(app, services);

  refuseOtherMethods(app);
  return app;
}
