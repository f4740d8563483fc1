import type { Config } from './settings.js';

const LEVELS = ['info', 'warn', 'error', 'silent'] as const;

type Facts = object;

/** Logs lines of JSON. */
export interface Log {
  info(facts: Facts, message: string): void;
  warn(facts: Facts, message: string): void;
  error(facts: Facts, message: string): void;
}

/** An error is in the member `err` of the facts. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>): Log {
  const at = (level: 'info' | 'warn' | 'error') => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(logLevel)) return () => {};
    return (given: Facts, message: string) => {
      const { err, ...facts } = given as { readonly err?: unknown };
      const line = { level, ...facts, ...(err !== undefined && { err: described(err) }), message };
      console[level](JSON.stringify(line));
    };
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function described(failure: unknown): unknown {
  if (!(failure instanceof Error)) return String(failure);
  const { name, message, stack, cause } = failure;
  return { name, message, stack, ...(cause !== undefined && { cause: described(cause) }) };
}
