import {
  COMMON_PARTNERS,
  COMMON_REPLACED,
  COMMON_SETTINGS,
  type CommonBounds,
  commonBounds,
  type Environment,
  missingPartners,
  optional,
  readSettings,
  replacedVariables,
  type SettingsOf,
  setting,
  types,
} from '@auraimage/host';

/** Every variable and secret that the Worker reads. */
export const SETTINGS = {
  ...COMMON_SETTINGS,
  masterKey: optional({
    name: 'AURA_MASTER_KEY',
    type: types.encryptionKey,
    secret: true,
    fix: 'Set the key that this data was encrypted with: npx wrangler secret put AURA_MASTER_KEY',
    description: 'Key that encrypts secrets at rest. The first deployment makes one.',
  }),
  setupToken: optional({
    name: 'AURA_SETUP_TOKEN',
    type: types.secretText(16, 1024),
    secret: true,
    fix: 'Deploy again with npm run deploy:cloudflare, which sets it',
    description:
      'Lets `npm run deploy:cloudflare` take the first steps. Each deployment makes another one.',
  }),
  maxPixels: setting({
    name: 'AURA_MAX_PIXELS',
    type: types.whole(1, 100_000_000, 'pixels'),
    default: '52000000',
    description: 'Pixels of an image. Cloudflare Images takes at most 100 million.',
  }),
  logLevel: setting({
    name: 'AURA_LOG_LEVEL',
    type: types.oneOf(['info', 'warn', 'error', 'silent']),
    default: 'info',
    description: 'Lowest level that is logged. `info` has a line for each request.',
  }),
};

type Settings = SettingsOf<typeof SETTINGS>;

/** The Worker's settings, with what it cannot start without, and what follows from them. */
export type Config = Settings & CommonBounds & { readonly masterKey: Uint8Array };

/**
 * Reads the settings from the Worker's variables and secrets.
 *
 * @throws {ConfigError} with a line for every one that is wrong or missing
 */
export function readConfig(environment: Environment): Config {
  const config = readSettings(SETTINGS, environment, (given, isWrong) => [
    ...missingPartners(given, COMMON_PARTNERS, isWrong),
    ...replacedVariables(given, COMMON_REPLACED),
    ...missing(given),
  ]);
  return { ...config, ...commonBounds(config) } as Config;
}

function missing({
  AURA_MASTER_KEY,
  AURA_PUBLIC_URL,
  AURA_CDN_URL,
  AURA_APP_URL,
}: Environment): string[] {
  const problems: string[] = [];
  if (!AURA_MASTER_KEY) {
    problems.push(
      'AURA_MASTER_KEY: not set. Deploy with npm run deploy:cloudflare, which makes it.',
    );
  }
  if (!AURA_PUBLIC_URL && !(AURA_CDN_URL && AURA_APP_URL)) {
    problems.push(
      'AURA_PUBLIC_URL: not set. Deploy with npm run deploy:cloudflare, which sets it, or set it to the address of this Worker.',
    );
  }
  return problems;
}
