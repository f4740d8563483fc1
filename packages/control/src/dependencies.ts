import type { AccessChecks } from './auth/access.js';
import type { SignInFailures } from './auth/sign-in-failures.js';
import type { ControlOptions, ControlPorts } from './ports.js';

/** The dependencies of every group of routes. */
export interface ControlDependencies {
  readonly ports: ControlPorts;
  readonly options: ControlOptions;
  readonly access: AccessChecks;
  readonly signInFailures: Pick<SignInFailures, 'note'>;
  /** Makes the deletion job look for work now. */
  readonly wakeDeletions: () => void;
  /** Aborts when the server stops: requests that wait for something end. */
  readonly stopping: AbortSignal;
}
