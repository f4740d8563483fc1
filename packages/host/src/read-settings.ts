import type { Setting } from './setting.js';

/** Thrown for settings that cannot be used; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Variables and secrets as text. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Table = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type SettingsOf<T extends Table> = { readonly [K in keyof T]: ReturnType<T[K]['read']> };

/**
 * Reads the settings of a table. An empty variable counts as absent; variables that are not in the table are ignored.
 *
 * @param contradictionsOf lines about variables that do not go together; `isWrong` tells which have a line already
 * @throws {ConfigError} with a line for every variable that is wrong: what it is, what it may be, what to do
 *
 * @example
 * const { port } = readSettings({ port: setting({ name: 'PORT', … }) }, { PORT: '8080' });
 */
export function readSettings<const T extends Table>(
  table: T,
  environment: Environment,
  contradictionsOf: (
    environment: Environment,
    isWrong: (name: string) => boolean,
  ) => readonly string[] = () => [],
): SettingsOf<T> {
  const problems: string[] = [];
  const wrong = new Set<string>();
  const entries = Object.entries(table).map(([member, setting]) => {
    const text = environment[setting.name] || undefined;
    try {
      return [member, setting.read(text)] as const;
    } catch (error) {
      problems.push(describeProblem(setting, text ?? '', error as Error));
      wrong.add(setting.name);
      return [member, undefined] as const;
    }
  });
  problems.push(...contradictionsOf(environment, (name) => wrong.has(name)));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.fromEntries(entries) as SettingsOf<T>;
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

/**
 * A line about each variable that is not set although others need it.
 *
 * @param pairs a variable, the one that it needs, and what to set that to
 * @param isWrong whether a variable has a line of its own already: that it needs something is said afterwards
 */
export function missingPartners(
  environment: Environment,
  pairs: readonly (readonly [given: string, needed: string, what: string])[],
  isWrong: (name: string) => boolean,
): string[] {
  return pairs
    .filter(([given, needed]) => environment[given] && !isWrong(given) && !environment[needed])
    .filter(([, needed], at, all) => all.findIndex((pair) => pair[1] === needed) === at)
    .map(([given, needed, what]) => {
      return `${needed}: not set, and ${given} needs it. Set ${needed} to ${what}, or remove ${given}.`;
    });
}

/** Settings of which one is of no use without the other, on every host. */
export const COMMON_PARTNERS = [
  ['AURA_OIDC_ISSUER', 'AURA_OIDC_CLIENT_ID', 'the client id at the provider'],
  ['AURA_OIDC_ISSUER', 'AURA_OIDC_CLIENT_SECRET', 'the client secret at the provider'],
  ['AURA_OIDC_CLIENT_ID', 'AURA_OIDC_ISSUER', 'the URL of the provider'],
  ['AURA_OIDC_CLIENT_SECRET', 'AURA_OIDC_ISSUER', 'the URL of the provider'],
  ['AURA_OIDC_EMAILS', 'AURA_OIDC_ISSUER', 'the URL of the provider'],
] as const;

/** Variables of earlier versions on every host, with what to do instead. */
export const COMMON_REPLACED = {
  AURA_ADMIN_EMAIL: 'Remove it: make the first account with the set-up link',
  AURA_ADMIN_PASSWORD: 'Remove it: make the first account with the set-up link',
  AURA_MAX_CONCURRENT_UPLOADS:
    'Remove it: a process takes 64 uploads at once, an isolate of a Worker 8',
  AURA_MAX_VARIANTS_PER_IMAGE: 'Remove it: 200 variants of an image are kept at once',
  AURA_UPLOAD_TIMEOUT:
    'Remove it: an upload may take five minutes, longer with a larger AURA_MAX_UPLOAD_SIZE',
  AURA_UPLOADS_PER_MINUTE_PER_CLIENT: 'Set AURA_UPLOADS_PER_MINUTE',
  AURA_UPLOADS_PER_MINUTE_PER_PROJECT:
    'Set AURA_UPLOADS_PER_MINUTE: a project takes ten times as many as a client',
} as const;

/** A line about each variable of earlier versions that is set. */
export function replacedVariables(
  environment: Environment,
  replaced: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(replaced)
    .filter(([name]) => environment[name])
    .map(([name, instead]) => `${name}: no longer a setting. ${instead}.`);
}
