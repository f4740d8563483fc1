import { resolve } from 'node:path';
import type { z } from 'zod';
import { LIMITS } from './limits.js';
import { PLACES } from './places.js';
import { TRACES } from './traces.js';

/** Every variable that the server reads. */
const VARIABLES = { ...PLACES, ...LIMITS, ...TRACES } as const;

type Variables = typeof VARIABLES;

/** The server's settings, parsed and within their bounds. */
export type Config = { readonly [K in keyof Variables]: z.output<Variables[K]['schema']> };

/** What `docs/configuration.md` has to list. */
export const CONFIG_VARIABLES: readonly {
  readonly name: string;
  readonly default: string | undefined;
  readonly meaning: string;
}[] = Object.values(VARIABLES).map(({ name, fallback, meaning }) => ({
  name,
  default: fallback,
  meaning,
}));

/** Thrown for settings that cannot be used; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from environment variables. An empty variable counts as absent.
 *
 * @throws {ConfigError} naming every variable that is wrong and what it may be
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const entries = Object.entries(VARIABLES).map(([member, { name, schema, fallback, secret }]) => {
    const text = environment[name] || fallback;
    const parsed = schema.safeParse(text);
    if (!parsed.success) {
      const shown = secret ? '' : ` (it is ${JSON.stringify(text)})`;
      problems.push(
        `${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}${shown}`,
      );
    }
    return [member, parsed.data] as const;
  });
  problems.push(...problemsTogether(environment));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  const config = Object.fromEntries(entries) as Config;
  const { storage: bucket, accessKeyId, secretAccessKey } = config;
  if (bucket !== undefined && (accessKeyId === undefined || secretAccessKey === undefined)) {
    throw new ConfigError('AURA_STORAGE needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  return { ...config, dataDir: resolve(config.dataDir) };
}

/** What is wrong with variables that are right each by itself. */
function problemsTogether(environment: Parameters<typeof readConfig>[0]): string[] {
  const { AURA_ADMIN_EMAIL: email, AURA_ADMIN_PASSWORD: given } = environment;
  if (Boolean(email) === Boolean(given)) return [];
  const missing = email ? 'AURA_ADMIN_PASSWORD' : 'AURA_ADMIN_EMAIL';
  return [`${missing}: the first account takes an email and a password: set both or neither`];
}
