import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, EXIT, interruptedError, usageError } from '../errors.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { createReceiptSaver } from '../receipts/save.js';
import { resolveProject } from '../targets.js';
import { formatBytes, wholeNumber } from '../units.js';
import { type Found, type FoundFile, findFiles } from '../upload/files.js';
import { createNames } from '../upload/names.js';
import { createUploadToken, type FileOutcome, type Sender, sendFile } from '../upload/send.js';
import { STANDARD_INPUT, withStandardInput } from '../upload/standard-input.js';

const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 16;

interface UploadOptions {
  readonly project?: string;
  readonly private?: boolean;
  readonly name?: string;
  readonly prefix?: string;
  readonly keepPaths?: boolean;
  readonly overwrite?: boolean;
  readonly all?: boolean;
  readonly concurrency: number;
  readonly dryRun?: boolean;
  readonly receipt?: string;
  readonly json?: boolean;
}

export function uploadCommand(program: Command, ctx: Context): void {
  program
    .command('upload')
    .description('upload images; skips those that the project has already')
    .argument('<path...>', 'files and folders; - for an image on standard input')
    .option('-p, --project <name>', 'the project')
    .option('--private', 'readable only through signed links')
    .option('--name <name>', 'of one file, or standard input: the name of its image')
    .option('--prefix <folder>', 'name the images after their files, in this folder')
    .option(
      '--keep-paths',
      'name the images after their files, with the folders below the given one',
    )
    .option('--overwrite', 'with names: replace images that have them')
    .option('--all', 'in folders, take files of every extension')
    .option(
      '--concurrency <count>',
      `files at once, 1 to ${MAX_CONCURRENCY}`,
      wholeNumber(1, MAX_CONCURRENCY),
      DEFAULT_CONCURRENCY,
    )
    .option('--receipt <file>', 'of one file: save its receipt, for aura verify')
    .option('--dry-run', 'show what would be sent')
    .option('--json', 'print one JSON object per file')
    .addHelpText(
      'after',
      examples(
        'aura upload ./photos --private',
        'aura upload ./photos --prefix trips/2026 --keep-paths',
        'aura upload avatar.png --name users/42/avatar --overwrite',
        'cat photo.jpg | aura upload - --name blog/hero',
        'aura upload photo.jpg --receipt photo.receipt.json',
        'aura upload ./dist/images --project my-app --json',
      ),
    )
    .action((paths: string[], options: UploadOptions) => upload(ctx, paths, options));
}

async function upload(
  ctx: Context,
  paths: readonly string[],
  options: UploadOptions,
): Promise<void> {
  const { host } = ctx;
  checkNaming(paths, options);
  const nameOf = createNames(options);
  const saveReceipt =
    options.receipt === undefined ? undefined : await createReceiptSaver(ctx, options.receipt);
  // The first Ctrl-C lets current uploads finish: a file whose response is lost may be stored all the same.
  const never = new AbortController().signal;
  const api = await ctx.api(never);
  const project = await resolveProject(ctx, options.project);
  const send = async (found: Found): Promise<void> => {
    const visibility = options.private ? 'private' : 'public';
    const overwrite = options.overwrite === true;
    const largest = found.files.reduce((most, { size }) => Math.max(most, size), 0);
    const sender: Sender = {
      api,
      cdn: ctx.cdn(never),
      project,
      visibility,
      dryRun: options.dryRun === true,
      nameOf,
      overwrite,
      uploadToken: createUploadToken(api, { project, visibility, largest, overwrite }),
      attempts: 3,
      signal: never,
      equalFiles: new Map(),
    };
    await sendFiles(ctx, sender, found, { ...options, saveReceipt });
  };
  if (paths.includes(STANDARD_INPUT)) {
    await withStandardInput(host, options.name, (file) =>
      send({ files: [file], problems: [], links: 0 }),
    );
    return;
  }
  const found = await findFiles(paths, host.cwd, options.all === true);
  if (options.name !== undefined && found.files.length > 1) {
    throw usageError('--name is the name of one image', 'Name the images of a folder: --prefix.');
  }
  if (options.receipt !== undefined && found.files.length > 1) {
    throw usageError('--receipt is for one image', 'With --json, each line has its receipt.');
  }
  await send(found);
}

function checkNaming(
  paths: readonly string[],
  { name, prefix, keepPaths, overwrite }: UploadOptions,
): void {
  const named = prefix !== undefined || keepPaths === true;
  if (name !== undefined && named) {
    throw usageError('Give --name, or --prefix and --keep-paths, not both');
  }
  if (overwrite && name === undefined && !named) {
    throw usageError('--overwrite needs names: add --name, --prefix or --keep-paths');
  }
  if (!paths.includes(STANDARD_INPUT)) return;
  if (paths.length > 1)
    throw usageError('Standard input (-) is uploaded alone, without other paths');
  if (named) throw usageError('Standard input has no file name', 'Give its image a name: --name.');
}

interface SendOptions extends Pick<UploadOptions, 'concurrency' | 'json'> {
  readonly saveReceipt?: ((outcome: FileOutcome) => Promise<void>) | undefined;
}

async function sendFiles(
  ctx: Context,
  sender: Sender,
  found: Found,
  { concurrency, json = false, saveReceipt }: SendOptions,
): Promise<void> {
  const { host, output } = ctx;
  const tally = createTally(ctx, found, json);
  for (const { file, code, message } of found.problems) {
    tally.report({ file, status: 'failed', error: { code, message } });
  }
  const announce = () => output.note('Finishing current uploads. Press Ctrl-C again to stop now.');
  host.signal.addEventListener('abort', announce, { once: true });
  try {
    await forEachFile(found.files, concurrency, host.signal, async (file) => {
      const outcome = await sendFile(sender, file);
      tally.report(outcome);
      await saveReceipt?.(outcome);
    });
  } finally {
    output.status('');
    output.note(tally.summary());
  }
  if (tally.failed() > 0) ctx.setExit(EXIT.failed);
  if (found.files.length === 0 && found.problems.length === 0) {
    throw new CliError('There is no image to upload', {
      fix: 'Folders are searched for image files; --all takes every file.',
    });
  }
}

/** Works on several files at once. An error, or Ctrl-C, begins no more of them, and waits for the current ones. */
async function forEachFile(
  files: readonly FoundFile[],
  concurrency: number,
  signal: AbortSignal,
  work: (file: FoundFile) => Promise<void>,
): Promise<void> {
  const queue = [...files];
  const worker = async () => {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (signal.aborted) throw interruptedError();
        await work(next);
      }
    } catch (error) {
      queue.length = 0;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  if (signal.aborted) throw interruptedError();
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}

/** Counts, and prints each file as it is done. */
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
      return `${output.paint('green', 'uploaded')}  ${file}  →  ${key}  (${outcome.visibility}, ${formatBytes(size)})${shownAt(outcome)}`;
    case 'skipped':
      return `${output.paint('dim', 'skipped ')}  ${file}  =  ${key}  (${outcome.visibility})`;
    case 'planned':
      return `${output.paint('dim', 'planned ')}  ${file}  (${formatBytes(size)})`;
    case 'failed':
      return `${output.paint('red', 'failed  ')}  ${file}  ${error?.message} (${error?.code})`;
  }
}

/** Where browsers show the image, if it is not its plain address. */
function shownAt({ url, displayUrl }: FileOutcome): string {
  return displayUrl === undefined || displayUrl === url ? '' : `\n          shown at ${displayUrl}`;
}
