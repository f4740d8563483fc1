import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import type { Host } from '../host.js';
import { createAllowedFiles, isWithin } from '../mcp/allowed-files.js';
import { checkProjectName } from '../targets.js';

interface McpOptions {
  readonly project?: string;
  readonly root: readonly string[];
  readonly allowPublic?: boolean;
}

export function mcpCommand(program: Command, ctx: Context): void {
  program
    .command('mcp')
    .description(
      'serve uploads, lists, links and checks to an AI agent, over MCP on standard input',
    )
    .option('-p, --project <name>', 'the only project that the agent works on')
    .option(
      '--root <folder>',
      'upload images of this folder only; repeatable; default: the current one',
      (folder: string, others: readonly string[]) => [...others, folder],
      [],
    )
    .option('--allow-public', 'let the agent make images public')
    .addHelpText(
      'after',
      examples(
        'aura mcp --project my-app --root ./public/images',
        'claude mcp add auraimage -- aura mcp --project my-app',
      ),
    )
    .action((options: McpOptions) => mcp(ctx, options));
}

async function mcp(ctx: Context, options: McpOptions): Promise<void> {
  const { host, output } = ctx;
  if (options.project !== undefined) checkProjectName(options.project);
  const files = await createAllowedFiles(await rootsOf(host, options.root));
  // The library of the protocol is large, and no other command needs it.
  const { serveMcp } = await import('../mcp/server.js');
  output.note(`aura mcp waits for an agent on standard input. ${files.description}.`);
  await serveMcp(
    // Standard input belongs to the protocol: nothing may be asked there.
    { ...ctx, prompts: { ...ctx.prompts, possible: false } },
    { project: options.project, allowPublic: options.allowPublic === true, files },
  );
}

/** Agents often start in the home folder or in `/`: there, everything of the user would be allowed. */
async function rootsOf({ cwd, home }: Host, given: readonly string[]): Promise<string[]> {
  if (given.length === 0) return (await contains(cwd, home)) ? [] : [cwd];
  return Promise.all(
    given.map(async (folder) => {
      const path = resolve(cwd, folder);
      await realpath(path).catch(() => {
        throw usageError(`There is no folder ${folder}`, 'Give --root an existing folder.');
      });
      return path;
    }),
  );
}

async function contains(folder: string, home: string): Promise<boolean> {
  const [outer, inner] = await Promise.all(
    [folder, home].map((path) => realpath(path).catch(() => path)),
  );
  return isWithin(outer ?? folder, inner ?? home);
}
