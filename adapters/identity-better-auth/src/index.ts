export {
  type BetterAuthIdentity,
  type BetterAuthIdentityOptions,
  createBetterAuthIdentity,
} from './identity.js';
