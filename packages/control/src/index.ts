export { createSetupLink } from './auth/accounts.js';
export { resetPassword } from './auth/password-resets.js';
export { PROVIDER_CALLBACK } from './auth/provider.js';
export { type Control, createControl } from './control.js';
export type { ControlOptions, ControlPorts } from './ports.js';
export * from './projects/rules.js';
export type { DeliveryReport } from './webhooks/delivery-job.js';
