import type { ControlApp } from '../context.js';
import { cliTokenRoutes } from './cli-tokens.js';
import { createSessionCookie } from './cookie.js';
import { createCrossSite } from './cross-site.js';
import { deviceRoutes } from './device.js';
import { devicePageRoutes } from './device-page.js';
import { invitationRoutes } from './invitations.js';
import { invitedRoutes } from './invited.js';
import { meRoutes } from './me.js';
import type { AuthServices } from './services.js';
import { sessionRoutes } from './sessions.js';
import { signInRoutes } from './sign-in.js';

/** Every route of `/v1/auth`. */
export function authRoutes(app: ControlApp, services: AuthServices): void {
  const { appUrl } = services.options;
  const cookie = createSessionCookie(appUrl);
  const crossSite = createCrossSite(appUrl);

  invitedRoutes(app, services, cookie, crossSite);
  invitationRoutes(app, services);
  signInRoutes(app, services, cookie, crossSite);
  meRoutes(app, services, cookie);
  sessionRoutes(app, services);
  cliTokenRoutes(app, services);
  deviceRoutes(app, services);
  devicePageRoutes(app, services);
}
