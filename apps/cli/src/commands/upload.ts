import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.js';
import { CliError, EXIT, type SetExit } from '../errors.js';
import { printable } from '../output.js';
import { resolveProject } from '../project.js';
import { formatBytes } from '../units.js';
import { type Found, findFiles } from '../upload/files.js';
import { runUploads } from '../upload/run.js';
import { type FileOutcome, sendFile } from '../upload/send.js';
import { createUploadToken } from '../upload/token.js';

const MAX_CONCURRENCY = 16;

interface UploadOptions {
  readonly project?: string;
  readonly private?: boolean;
  readonly all?: boolean;
  readonly concurrency: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function uploadCommand(program: Command, ctx: Context, setExit: SetExit): void {
  program
    .command('upload')
    .description('upload images; what the project has already is skipped')
    .argument('<path...>', 'files and folders')
    .option('-p, --project <name>', 'the project')
    .option('--private', 'readable only through signed links')
    .option('--all', 'from folders, send files of every ending')
    .option('--concurrency <count>', `files at once, 1 to ${MAX_CONCURRENCY}`, concurrency, 4)
    .option('--dry-run', 'show what would be sent')
    .option('--json', 'print one JSON object per file')
    .action((paths: string[], options: UploadOptions) => upload(ctx, setExit, paths, options));
}

async function upload(
  ctx: Context,
  setExit: SetExit,
  paths: readonly string[],
  options: UploadOptions,
): Promise<void> {
  const { host, output } = ctx;
  // Ctrl-C lets the files that are under way arrive: a second one does not.
  const api = await ctx.api(new AbortController().signal);
  const project = await resolveProject(ctx, options.project);
  const found = await findFiles(paths, host.cwd, options.all === true);
  const visibility = options.private ? 'private' : 'public';
  const largest = found.files.reduce((most, { size }) => Math.max(most, size), 0);
  const sender = {
    api,
    project,
    visibility,
    cwd: host.cwd,
    dryRun: options.dryRun === true,
    uploadToken: createUploadToken(api, { project, visibility, largest }),
    alike: new Map(),
  } as const;
  const tally = createTally(ctx, found, options.json === true);
  for (const { file, code, message } of found.problems) {
    tally.report({ file, status: 'failed', error: { code, message } });
  }
  const wait = () => output.note('The files under way are sent yet; Ctrl-C again ends at once');
  host.signal.addEventListener('abort', wait, { once: true });
  try {
    await runUploads({
      files: found.files,
      concurrency: options.concurrency,
      send: (file) => sendFile(sender, file),
      report: tally.report,
      signal: host.signal,
    });
  } finally {
    output.status('');
    output.note(tally.summary());
  }
  if (tally.failed() > 0) setExit(EXIT.failed);
  if (found.files.length === 0 && found.problems.length === 0) {
    throw new CliError('There is no image to upload', {
      fix: 'Folders are searched for image files; --all takes every file.',
    });
  }
}

/** Counts, and shows each file as it is done. */
function createTally({ output }: Context, { files, problems, links }: Found, json: boolean) {
  const counts = { uploaded: 0, skipped: 0, planned: 0, failed: 0 };
  const total = files.length + problems.length;
  let bytes = 0;
  return {
    failed: () => counts.failed,
    report(outcome: FileOutcome) {
      counts[outcome.status] += 1;
      if (outcome.status === 'uploaded') bytes += outcome.size ?? 0;
      if (json) output.json(outcome);
      else output.print(line(output, outcome));
      const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const failures = counts.failed === 0 ? '' : `, ${counts.failed} failed`;
      if (!json) output.status(`${done} of ${total} files, ${formatBytes(bytes)} sent${failures}`);
    },
    summary() {
      const { uploaded, skipped, planned, failed } = counts;
      const notTried = total - uploaded - skipped - planned - failed;
      const parts = [
        planned > 0 ? `${planned} would be uploaded` : `${uploaded} uploaded`,
        `${skipped} already there`,
        `${failed} failed`,
        ...(notTried > 0 ? [`${notTried} not tried`] : []),
        ...(links > 0 ? [`${links} symbolic links not followed`] : []),
      ];
      return parts.join(', ');
    },
  };
}

function line(output: Context['output'], outcome: FileOutcome): string {
  const { status, key = '', size = 0, error } = outcome;
  const file = printable(outcome.file);
  switch (status) {
    case 'uploaded':
      return `${output.paint('green', 'uploaded')}  ${file}  →  ${key}  (${outcome.visibility}, ${formatBytes(size)})`;
    case 'skipped':
      return `${output.paint('dim', 'skipped ')}  ${file}  =  ${key}  (${outcome.visibility})`;
    case 'planned':
      return `${output.paint('dim', 'planned ')}  ${file}  (${formatBytes(size)})`;
    case 'failed':
      return `${output.paint('red', 'failed  ')}  ${file}  ${error?.message} (${error?.code})`;
  }
}

function concurrency(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_CONCURRENCY) return count;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_CONCURRENCY}.`);
}
