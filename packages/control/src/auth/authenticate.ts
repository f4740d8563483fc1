import type { ControlOptions } from '../context.js';
import { ControlError } from '../errors.js';
import type { ControlPorts, User } from '../ports.js';

/** Who sent a request, and what they showed. */
export interface Caller {
  readonly kind: 'session' | 'cli_token';
  readonly user: User;
  /** Id of the session or token. */
  readonly credentialId: string;
  readonly sessionToken?: string;
}

/** @throws {ControlError} `sign_in_required`, `credential_invalid`, `cross_site_request` */
export type Authenticate = (request: {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}) => Promise<Caller>;

export function createAuthenticate(_ports: ControlPorts, _options: ControlOptions): Authenticate {
  return async () => {
    throw new ControlError('sign_in_required');
  };
}
