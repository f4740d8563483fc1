import { Command } from 'commander';
import { doctorCommand } from './commands/doctor.js';
import { initCommand } from './commands/init.js';
import { loginCommand } from './commands/login.js';
import { logoutCommand } from './commands/logout.js';
import { lsCommand } from './commands/ls.js';
import { openCommand } from './commands/open.js';
import { revokeLinksCommand } from './commands/revoke-links.js';
import { rmCommand } from './commands/rm.js';
import { signCommand } from './commands/sign.js';
import { uploadCommand } from './commands/upload.js';
import { visibilityCommand } from './commands/visibility.js';
import { whoamiCommand } from './commands/whoami.js';
import type { Context } from './context.js';
import type { SetExit } from './errors.js';

const SETTINGS = `
Settings (environment):
  AURA_API_URL   the server; default http://localhost:8787
  AURA_CDN_URL   where images are served and uploaded; default: AURA_API_URL
  AURA_WEB_URL   the dashboard; default: AURA_API_URL
  AURA_PROJECT   the project, in place of --project
  AURA_TOKEN     a token in place of aura login, for CI
  NO_COLOR       no colours

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not signed in.`;

export function createProgram(ctx: Context, setExit: SetExit): Command {
  const { stdout, stderr, version } = ctx.host;
  const program = new Command('aura')
    .description('Upload, sign and diagnose images on an AuraImage server')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', SETTINGS);
  loginCommand(program, ctx);
  logoutCommand(program, ctx);
  whoamiCommand(program, ctx);
  initCommand(program, ctx);
  uploadCommand(program, ctx, setExit);
  signCommand(program, ctx);
  visibilityCommand(program, ctx);
  lsCommand(program, ctx);
  rmCommand(program, ctx, setExit);
  revokeLinksCommand(program, ctx, setExit);
  doctorCommand(program, ctx, setExit);
  openCommand(program, ctx);
  return program;
}
