import type { Command } from 'commander';
import { accountApi } from '../account-api.js';
import type { Context } from '../context.js';
import { resolveProject } from '../targets.js';

/** Options of every command about webhooks. */
export interface CommonOptions {
  readonly project?: string;
  readonly json?: boolean;
}

/** Adds a command to `aura webhooks`, with {@link CommonOptions} and examples. */
export type AddCommand = (
  name: string,
  description: string,
  ...examples: readonly string[]
) => Command;

/** The argument of a command about one webhook. */
export const ID = ['<webhook>', 'its ID, as aura webhooks shows it'] as const;

/** The project of a command, and the API. */
export async function openProject(ctx: Context, { project: flag }: CommonOptions) {
  const project = await resolveProject(ctx, flag);
  return { project, api: await accountApi(ctx, 'A secret key cannot manage webhooks') };
}

/** Prints a result: as JSON, or as `text` prints it. */
export function show<Result>(
  { output }: Context,
  { json }: CommonOptions,
  result: Result,
  text: (result: Result) => void,
): void {
  if (json) output.json(result);
  else text(result);
}

/** The parameters of a path with a webhook. */
export const ofWebhook = (project: string, id: string) => ({ params: { path: { project, id } } });
