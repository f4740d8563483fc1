import { resolve } from 'node:path';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

type Settings = typeof SETTINGS;

/** The server's settings, parsed and within their bounds. */
export type Config = { readonly [K in keyof Settings]: ReturnType<Settings[K]['read']> };

/** Variables of earlier versions, with what to do instead. */
export const REPLACED: Readonly<Record<string, string>> = {
  AURA_BODY_IDLE_TIMEOUT: 'Set AURA_IDLE_TIMEOUT, which bounds both directions',
  AURA_BODY_TIMEOUT: 'Set AURA_UPLOAD_TIMEOUT',
  AURA_DATABASE_CONNECTIONS:
    'Put it into AURA_DATABASE_URL: postgres://…/aura?sslmode=verify-full&connections=20',
  AURA_HEADER_TIMEOUT: 'Set AURA_IDLE_TIMEOUT; request headers have at most 15 seconds',
  AURA_MAX_FRAMES: 'Remove it: animations have at most 1000 frames',
  AURA_MOVE_FROM_ACCESS_KEY_ID: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SECRET_ACCESS_KEY: 'Pass aura-server move --from-credentials FILE',
  AURA_MOVE_FROM_SESSION_TOKEN: 'Pass aura-server move --from-credentials FILE',
  AURA_NEW_MASTER_KEY: 'Pass aura-server rekey --new-key-file FILE',
  AURA_STORAGE_TIMEOUT: 'Put it into AURA_STORAGE: s3://bucket?region=eu-1&timeout=20',
};

/** Thrown for settings that cannot be used; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

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
  const problems: string[] = [];
  const entries = Object.entries(SETTINGS).map(([member, setting]) => {
    const text = environment[setting.name] || undefined;
    try {
      return [member, setting.read(text)] as const;
    } catch (error) {
      problems.push(describeProblem(setting, text ?? '', error as Error));
      return [member, undefined] as const;
    }
  });
  problems.push(
    ...missingPartners(environment),
    ...contradictions(environment),
    ...replacedVariables(environment),
  );
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  const config = Object.fromEntries(entries) as Config;
  return { ...config, dataDir: resolve(config.dataDir) };
}

function describeProblem(
  { name, type, secret, fix, example, default: fallback }: Setting<unknown>,
  text: string,
  { message }: Error,
): string {
  const shown = secret
    ? 'the value (a secret, not shown)'
    : JSON.stringify(type.show?.(text) ?? text);
  const value = example ?? fallback;
  const set = value ? `Set for example ${name}=${value}, or remove it for the default` : undefined;
  const what = fix ?? set ?? 'Remove it for the default';
  return `${name}: ${shown} ${message}. Allowed: ${type.allowed}. ${what}.`;
}

/** What is missing beside variables that are set. */
function missingPartners(environment: Environment): string[] {
  const isSet = (name: string) => Boolean(environment[name]);
  const pairs = [
    ['AURA_STORAGE', 'AWS_ACCESS_KEY_ID', 'the access key of the bucket'],
    ['AURA_STORAGE', 'AWS_SECRET_ACCESS_KEY', 'the secret of the access key'],
    ['AURA_ACCEL_REDIRECT', 'AURA_TRUSTED_PROXIES', 'the address from which nginx connects'],
    ['AURA_ADMIN_EMAIL', 'AURA_ADMIN_PASSWORD', 'the password of the first account'],
    ['AURA_ADMIN_PASSWORD', 'AURA_ADMIN_EMAIL', 'the email of the first account'],
  ] as const;
  return pairs
    .filter(([given, needed]) => isSet(given) && !isSet(needed))
    .map(([given, needed, what]) => {
      return `${needed}: not set, and ${given} needs it. Set ${needed} to ${what}, or remove ${given}.`;
    });
}

function contradictions({ AURA_ACCEL_REDIRECT, AURA_STORAGE }: Environment): string[] {
  if (!AURA_ACCEL_REDIRECT || !AURA_STORAGE) return [];
  return [
    'AURA_ACCEL_REDIRECT: nginx can send images of a local folder only, and AURA_STORAGE is set. Remove one of them.',
  ];
}

function replacedVariables(environment: Environment): string[] {
  return Object.entries(REPLACED)
    .filter(([name]) => environment[name])
    .map(([name, instead]) => `${name}: no longer a setting. ${instead}.`);
}
