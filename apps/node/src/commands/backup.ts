import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ConfigError, readConfig } from '../config/config.js';
import { backUp } from '../operations/backup.js';
import { requireDatabase } from '../operations/database.js';
import {
  AT_ONCE,
  addDepthOptions,
  countOf,
  createCopyProgress,
  type DepthOptions,
  depthOf,
  describeCopy,
  printProblems,
  say,
} from './output.js';

interface Options extends DepthOptions {
  readonly to: string;
  readonly prune?: boolean;
}

/** Copies database and images into a folder. */
export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('copy the database and every image to a folder; servers may be running')
    .addOption(
      new Option('--to <folder>', 'folder of this and earlier backups; only new images are copied')
        .makeOptionMandatory()
        .argParser(readFolder),
    )
    .option('--prune', 'remove images of earlier backups that no longer exist');
  addDepthOptions(command).action(backup);
}

async function backup({ to: folder, prune = false, ...options }: Options): Promise<void> {
  const config = readConfig(process.env);
  if (config.databaseUrl !== undefined) {
    throw new ConfigError(
      'PostgreSQL is backed up by its own tools, and then the images: see docs/operate/backup.md',
    );
  }
  await requireDatabase(config);
  const { end, onProgress } = createCopyProgress();
  const depth = depthOf(options);
  const report = await backUp(config, folder, {
    prune,
    depth,
    atOnce: AT_ONCE,
    onProgress,
  }).finally(end);
  say(describeCopy(report));
  if (prune) say(`${countOf(report.pruned, 'image')} of earlier backups removed.`);
  const isWhole = !printProblems(report);
  say(
    isWhole
      ? `${folder} has the database and every image of it.`
      : `${folder} has the database, and not every image of it: see above.`,
  );
  say(`The master key is not in it. Keep it elsewhere: ${whereKey(config)}.`);
  if (!isWhole) process.exitCode = 1;
}

function readFolder(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give a folder.');
  return resolve(text);
}

function whereKey({ masterKey, dataDir }: ReturnType<typeof readConfig>): string {
  return masterKey === undefined ? `${dataDir}/master.key` : 'AURA_MASTER_KEY';
}
