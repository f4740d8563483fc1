export { type BetterAuthIdentityOptions, createBetterAuthIdentity } from './identity.js';
