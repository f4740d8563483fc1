import type { ControlOptions } from '../context.js';
import type { Guards } from '../guards.js';
import type { ControlPorts } from '../ports.js';

/** What the routes of `/v1/auth` are given. */
export interface AuthServices extends Pick<Guards, 'signedIn'> {
  readonly ports: Pick<
    ControlPorts,
    'identity' | 'cliTokens' | 'invitations' | 'attempts' | 'audit' | 'clock'
  > & { readonly registry: Pick<ControlPorts['registry'], 'createAccount'> };
  readonly options: Pick<ControlOptions, 'appUrl'>;
}
