import { resolve } from 'node:path';
import {
  COMMON_PARTNERS,
  COMMON_REPLACED,
  type Environment,
  missingPartners,
  readSettings,
  replacedVariables,
  type SettingsOf,
} from '@auraimage/host';
import { type Bounds, boundsOf } from './bounds.js';
import { SETTINGS } from './settings.js';

/** The server's settings, parsed and within their bounds, and what follows from them. */
export type Config = SettingsOf<typeof SETTINGS> & Bounds;

export { ConfigError } from '@auraimage/host';

/** Variables of earlier versions, with what to do instead. */
export const REPLACED: Readonly<Record<string, string>> = {
  ...COMMON_REPLACED,
  AURA_BODY_IDLE_TIMEOUT: 'Remove it: a client may send nothing for 30 seconds',
  AURA_BODY_TIMEOUT: COMMON_REPLACED.AURA_UPLOAD_TIMEOUT,
  AURA_CACHE_DISK: 'Set AURA_CACHE',
  AURA_CACHE_MEMORY: 'Set AURA_CACHE: a 32nd of it is kept in memory',
  AURA_DATABASE_CONNECTIONS:
    'Put it into AURA_DATABASE_URL: postgres://…/aura?sslmode=verify-full&connections=20',
  AURA_DRAIN_TIMEOUT: 'Remove it: requests have 25 seconds to end',
  AURA_HEADER_TIMEOUT: 'Remove it: request headers have 15 seconds',
  AURA_IDLE_TIMEOUT: 'Remove it: a client may send or read nothing for 30 seconds',
  AURA_MAX_CONNECTIONS:
    'Remove it: connections are bounded by the open files that the process may have (ulimit -n)',
  AURA_MAX_FRAMES: 'Remove it: animations have at most 1000 frames',
  AURA_MOVE_FROM_ACCESS_KEY_ID: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SECRET_ACCESS_KEY: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SESSION_TOKEN: 'Pass aura-server move --from-credentials FILE',
  AURA_NEW_MASTER_KEY: 'Pass aura-server rekey --new-key-file FILE',
  AURA_STORAGE_TIMEOUT: 'Put it into AURA_STORAGE: s3://bucket?region=eu-1&timeout=20',
};

/**
 * Reads the settings from environment variables. An empty variable counts as absent; variables that are not
 * in the table are ignored.
 *
 * @throws {ConfigError} with a line for every variable that is wrong: what it is, what it may be, what to do
 *
 * @example
 * const { port } = readConfig({ PORT: '8080' });
 */
export function readConfig(environment: Environment): Config {
  const config = readSettings(SETTINGS, environment, (given, isWrong) => [
    ...missingPartners(given, PARTNERS, isWrong),
    ...contradictions(given),
    ...replacedVariables(given, REPLACED),
  ]);
  return { ...config, ...boundsOf(config), dataDir: resolve(config.dataDir) };
}

const PARTNERS = [
  ['AURA_STORAGE', 'AWS_ACCESS_KEY_ID', 'the access key of the bucket'],
  ['AURA_STORAGE', 'AWS_SECRET_ACCESS_KEY', 'the secret of the access key'],
  ['AURA_ACCEL_REDIRECT', 'AURA_TRUSTED_PROXIES', 'the address from which nginx connects'],
  ...COMMON_PARTNERS,
] as const;

function contradictions({ AURA_ACCEL_REDIRECT, AURA_STORAGE }: Environment): string[] {
  if (!AURA_ACCEL_REDIRECT || !AURA_STORAGE) return [];
  return [
    'AURA_ACCEL_REDIRECT: nginx can send images of a local folder only, and AURA_STORAGE is set. Remove one of them.',
  ];
}
