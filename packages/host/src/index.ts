export { type Addresses, addressesOf, createHostOf, localUrlOf } from './addresses.js';
export { type CommonBounds, commonBounds } from './bounds.js';
export { COMMON_SETTINGS } from './common-settings.js';
export {
  type FirstStepsOptions,
  type FirstStepsPorts,
  LINK_FILE,
  PROJECT_FILE,
  type SecretOutput,
  welcomeFirstUser,
} from './first-steps.js';
export { allRows, joinWithRows } from './join.js';
export { logDelivery } from './log-delivery.js';
export {
  type PublishedPackage,
  packageRoutes,
  type RegistryItem,
  registryRoutes,
  type Tarballs,
} from './packages.js';
export { dashboardRoutes, documentationRoutes, type ServeFile } from './pages.js';
export { bySystem, formatEnvBlock, provisionProject } from './provision.js';
export {
  COMMON_PARTNERS,
  COMMON_REPLACED,
  ConfigError,
  type Environment,
  missingPartners,
  readSettings,
  replacedVariables,
  type SettingsOf,
} from './read-settings.js';
export { isNormalized, knownMethod, loggedPath } from './requests.js';
export { GROUPS, inGroup, optional, type Setting, setting } from './setting.js';
export * as types from './setting-types.js';
export { itemsOf, type SettingType } from './setting-types.js';
export { providerAt } from './sign-in-provider.js';
export { type Finding, isUnlikely, type SweepPorts, type SweepReport, sweep } from './sweep.js';
export { type CountedRequest, createUsageCounter, type UsageCounter } from './usage-counter.js';
