import { resolve } from 'node:path';
import { ConfigError, readConfig } from '../config/config.js';
import { backUp } from '../operations/backup.js';
import { requireDatabase } from '../operations/database.js';
import { type Command, readOptions, say, UsageError } from './command.js';
import {
  AT_ONCE,
  countOf,
  createCopyProgress,
  describeCopy,
  readDepth,
  tellProblems,
} from './output.js';

/** Copies database and images into a folder. */
export const backupCommand: Command = {
  usage: `  aura-server backup --to FOLDER     copy the database and every image, beside a server that is running
                                     or not; into the same folder again, it copies what is new
      [--prune]                        remove images of earlier backups that are there no more
      [--verify], [--by-size]          as for move`,
  async run(args, environment) {
    const values = readOptions(args, {
      to: { type: 'string' },
      prune: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      'by-size': { type: 'boolean', default: false },
    });
    const { to, prune } = values;
    if (to === undefined || to === '') throw new UsageError('backup needs --to FOLDER');
    const depth = readDepth(values);
    const config = readConfig(environment);
    if (config.databaseUrl !== undefined) {
      throw new ConfigError(
        'PostgreSQL is backed up by its own tools, and then the images: see docs/guides/backup.md',
      );
    }
    await requireDatabase(config);
    const folder = resolve(to);
    const { end, onProgress } = createCopyProgress();
    const report = await backUp(config, folder, {
      prune,
      depth,
      atOnce: AT_ONCE,
      onProgress,
    }).finally(end);
    say(describeCopy(report));
    if (prune) say(`${countOf(report.pruned, 'image')} of earlier backups removed.`);
    const isWhole = !tellProblems(report);
    say(
      isWhole
        ? `${folder} has the database and every image of it.`
        : `${folder} has the database, and not every image of it: see above.`,
    );
    say(`The master key is not in it. Keep it elsewhere: ${whereKey(config)}.`);
    return isWhole ? 0 : 1;
  },
};

function whereKey({ masterKey, dataDir }: ReturnType<typeof readConfig>): string {
  return masterKey === undefined ? `${dataDir}/master.key` : 'AURA_MASTER_KEY';
}
