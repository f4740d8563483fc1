import type { Authenticate } from './auth/authenticate.js';
import type { ControlOptions } from './context.js';
import type { Guards } from './guards.js';
import type { ControlPorts } from './ports.js';

/** What every group of routes is given. */
export interface ControlServices extends Guards {
  readonly ports: ControlPorts;
  readonly options: ControlOptions;
  readonly authenticate: Authenticate;
  /** Tells the job that removes deleted projects that there is one more. */
  readonly wakeDeletions: () => void;
}
