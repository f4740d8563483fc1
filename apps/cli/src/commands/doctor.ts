import type { Command } from 'commander';
import type { Context } from '../context.js';
import { type Check, printCheck } from '../doctor/checks.js';
import { checkDeployment } from '../doctor/deployment.js';
import { diagnoseLink } from '../doctor/link.js';
import { EXIT } from '../errors.js';
import { examples } from '../help.js';
import { namedProject, resolveProject } from '../targets.js';

interface DoctorOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function doctorCommand(program: Command, ctx: Context): void {
  program
    .command('doctor')
    .description('say why a signed link fails; without one, check the whole deployment')
    .argument('[url]', 'the link, with its token')
    .option('-p, --project <name>', 'the project that the check uploads an image to')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        "aura doctor 'https://images.example/my-app/abc123xyz0-photo.jpg?token=…'",
        'aura doctor --project my-app',
      ),
    )
    .action((url: string | undefined, options: DoctorOptions) => doctor(ctx, url, options));
}

async function doctor(
  ctx: Context,
  url: string | undefined,
  { project: flag, json = false }: DoctorOptions,
): Promise<void> {
  const { output } = ctx;
  // Without a sign-in nothing is checked.
  const api = await ctx.api();
  const checks: Check[] = [];
  const report = (check: Check) => {
    checks.push(check);
    if (!json) printCheck(output, check);
  };
  if (url === undefined) {
    // What is wrong with the command line is said before any request.
    const isSecretKey = (await ctx.token())?.isSecretKey === true;
    const named = isSecretKey ? await resolveProject(ctx, flag) : await namedProject(ctx, flag);
    await checkDeployment(ctx, async () => named ?? resolveProject(ctx, flag), report);
  } else {
    for (const check of await diagnoseLink(ctx, api, url)) report(check);
  }
  const failed = checks.some(({ status }) => status === 'fail');
  if (json) output.json({ ok: !failed, checks });
  else if (url === undefined) output.note(failed ? 'Some checks failed' : 'All checks passed');
  if (failed) ctx.setExit(EXIT.failed);
}
