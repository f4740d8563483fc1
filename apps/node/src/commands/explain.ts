import { ControlError } from '@auraimage/control';
import { UsageError } from './command.js';
import { ConfigError } from '../config/config.js';

/** What a person can mend gets a sentence; only a fault of the program shows its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another, or 0 for a free one';
  if (code === 'EACCES' || code === 'EPERM') return `${error.message}: no permission`;
  const known =
    error instanceof UsageError || error instanceof ConfigError || error instanceof ControlError;
  return known || typeof code === 'string' ? error.message : (error.stack ?? error.message);
}
