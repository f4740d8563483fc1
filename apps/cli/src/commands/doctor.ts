import type { Command } from 'commander';
import type { Context } from '../context.js';
import { checkDeployment } from '../doctor/deployment.js';
import { diagnoseLink } from '../doctor/link.js';
import { type Check, printCheck } from '../doctor/report.js';
import { EXIT, type SetExit } from '../errors.js';
import { resolveProject } from '../project.js';

interface DoctorOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function doctorCommand(program: Command, ctx: Context, setExit: SetExit): void {
  program
    .command('doctor')
    .description('say why a signed link fails; without one, check the whole deployment')
    .argument('[url]', 'the link, with its token')
    .option('-p, --project <name>', 'the project that the check uploads an image to')
    .option('--json', 'print JSON')
    .action((url: string | undefined, options: DoctorOptions) =>
      doctor(ctx, setExit, url, options),
    );
}

async function doctor(
  ctx: Context,
  setExit: SetExit,
  url: string | undefined,
  { project: flag, json = false }: DoctorOptions,
): Promise<void> {
  const { output, host } = ctx;
  const api = await ctx.api();
  const checks: Check[] = [];
  const report = (check: Check) => {
    checks.push(check);
    if (!json) printCheck(output, check);
  };
  if (url === undefined) {
    const project = await resolveProject(ctx, flag);
    const token = (await ctx.credential())?.token ?? '';
    const { signal } = host;
    await checkDeployment({ api, settings: ctx.settings(), token, project, signal }, report);
  } else {
    for (const check of await diagnoseLink(api, url, ctx.settings())) report(check);
  }
  const failed = checks.some(({ status }) => status === 'fail');
  if (json) output.json({ ok: !failed, checks });
  else if (url === undefined) output.note(failed ? 'Something is wrong' : 'All is well');
  if (failed) setExit(EXIT.failed);
}
