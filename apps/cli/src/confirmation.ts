import type { Context } from './context.js';
import { usageError } from './errors.js';

/**
 * Asks before something is changed for good, unless `--yes` says that nobody is to be asked. Call it before the command
 * does anything.
 *
 * @returns asks, and resolves with whether to go on
 * @throws {CliError} where it can ask nobody
 *
 * @example
 * const confirmed = confirmation(ctx, options);
 * if (!(await confirmed('Leave my-app?'))) return;
 */
export function confirmation(
  { prompts, output }: Pick<Context, 'prompts' | 'output'>,
  { yes = false, json = false }: { readonly yes?: boolean; readonly json?: boolean },
): (question: string) => Promise<boolean> {
  if (!yes && json) throw usageError('--json does not ask: pass --yes');
  if (!yes && !prompts.possible) throw usageError('Not a terminal: pass --yes');
  return async (question) => {
    if (yes || (await prompts.confirm(question))) return true;
    output.note('Nothing was changed');
    return false;
  };
}
