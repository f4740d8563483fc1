import type { AccessChecks } from './auth/access.js';
import type { ControlOptions, ControlPorts } from './ports.js';

/** What every group of routes is given. */
export interface ControlDependencies {
  readonly ports: ControlPorts;
  readonly options: ControlOptions;
  readonly access: AccessChecks;
  /** Starts the job that removes deleted projects. */
  readonly wakeDeletions: () => void;
}
