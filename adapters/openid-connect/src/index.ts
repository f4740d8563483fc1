export { createOpenIdProvider, type OpenIdProviderOptions } from './provider.js';
