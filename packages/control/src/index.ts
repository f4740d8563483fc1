export { createFirstUser } from './auth/accept.js';
export { createSetupLink } from './auth/invitation-links.js';
export type { ControlEnv, ControlFacts, ControlOptions } from './context.js';
export { type Control, createControl } from './control.js';
export { ControlError } from './errors.js';
export * from './ports.js';
export * from './projects.js';
