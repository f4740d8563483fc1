import type { Route } from '@auraimage/http';
import type { ControlDependencies } from '../dependencies.js';
import { cliTokenRoutes } from './cli-tokens.js';
import { deviceRoutes } from './device.js';
import { invitationRoutes } from './invitations.js';
import { passwordResetRoutes } from './password-resets.js';
import { providerRoutes } from './provider.js';
import { secondFactorRoutes } from './second-factor.js';
import { sessionRoutes } from './sessions.js';
import { signInRoutes } from './sign-in.js';

/** Every route of `/v1/auth` except the diagnosis of links. */
export function authRoutes(dependencies: ControlDependencies): readonly Route[] {
  return [
    ...invitationRoutes(dependencies),
    ...signInRoutes(dependencies),
    ...providerRoutes(dependencies),
    ...secondFactorRoutes(dependencies),
    ...passwordResetRoutes(dependencies),
    ...sessionRoutes(dependencies),
    ...cliTokenRoutes(dependencies),
    ...deviceRoutes(dependencies),
  ];
}
