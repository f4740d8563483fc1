import type { ControlOptions } from './context.js';
import type { Guards } from './guards.js';
import type { ControlPorts } from './ports.js';

/** What every group of routes is given. */
export interface ControlServices extends Guards {
  readonly ports: ControlPorts;
  readonly options: ControlOptions;
}
