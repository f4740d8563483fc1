import type { CheckDepth } from '@auraimage/ports';
import { createObjectRows, type DatabasePlace } from '@auraimage/records-sql';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { copyObjects } from '../operations/copy-objects.js';
import { nameOfDatabase, requireDatabase } from '../operations/database.js';
import { moveDatabase } from '../operations/move-database.js';
import {
  type BucketKeys,
  configuredKeys,
  nameOfPlace,
  type ObjectPlace,
  openPlace,
  openTarget,
} from '../operations/places.js';
import { openRecords } from '../startup/stores.js';
import { type Command, readOptions, say, UsageError } from './command.js';
import {
  AT_ONCE,
  createCopyProgress,
  createProgress,
  describeCopy,
  readDepth,
  tellProblems,
} from './output.js';
import { type Place, parsePlace } from './place-text.js';

/** Takes the images to another store. */
export const moveCommand: Command = {
  usage: `  aura-server move --from PLACE --to PLACE
                                     copy every image to another store; run it again to go on, and
                                     once more when the servers are stopped. A PLACE is
                                     folder:/path or s3://bucket?…, AURA_STORAGE for what that says.
                                     Between sqlite:/path/aura.db and AURA_DATABASE_URL: the database
      [--verify]                       read what is there already, to the last byte
      [--by-size]                      take what is there with the right size for right`,
  async run(args, environment) {
    const values = readOptions(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      verify: { type: 'boolean', default: false },
      'by-size': { type: 'boolean', default: false },
    });
    const { from, to } = values;
    if (from === undefined || to === undefined) {
      throw new UsageError('move needs --from PLACE and --to PLACE');
    }
    const depth = readDepth(values);
    const config = readConfig(environment);
    const [source, target] = [parsePlace('--from', from, config), parsePlace('--to', to, config)];
    if (isDatabase(source) && isDatabase(target)) return moveRows(config, source, target);
    if (isDatabase(source) || isDatabase(target)) {
      throw new UsageError('--from and --to are two stores of images, or two databases');
    }
    if (isSame(source, target)) throw new UsageError('--from and --to are the same place');
    return moveObjects(config, source, target, depth);
  },
};

async function moveObjects(
  config: Config,
  source: ObjectPlace,
  target: ObjectPlace,
  depth: CheckDepth,
): Promise<number> {
  await requireDatabase(config);
  const from = await named('--from', openPlace(source, sourceKeys(config), config));
  const progress = createCopyProgress();
  try {
    const to = await named('--to', openTarget(target, configuredKeys(config), config));
    const { records } = await openRecords(config);
    try {
      const rows = createObjectRows(records.kysely);
      const ports = { wanted: rows, current: rows, from: from.objects, into: to.into };
      const { onProgress } = progress;
      const report = await copyObjects(ports, { depth, atOnce: AT_ONCE, onProgress });
      progress.end();
      say(describeCopy(report));
      if (tellProblems(report)) {
        say('These images are not in the new place. Mend what is said above, and run it again.');
        return 1;
      }
      say(`${nameOfPlace(target)} has every image of the database.`);
      return 0;
    } finally {
      await records.close();
      await to.close();
    }
  } finally {
    progress.end();
    await from.close();
  }
}

function isDatabase(place: Place): place is DatabasePlace {
  return place.kind === 'sqlite' || place.kind === 'postgres';
}

async function moveRows(config: Config, from: DatabasePlace, to: DatabasePlace): Promise<number> {
  const progress = createProgress();
  const report = await moveDatabase(config, from, to, (done, total) =>
    progress.show(() => `${done} of ${total} rows`),
  ).finally(progress.end);
  const tables = report.tables.filter(({ rows }) => rows > 0);
  say(tables.map(({ name, rows }) => `${name}: ${rows}`).join('\n'));
  say(`${nameOfDatabase(to)} has all ${report.rows} rows; each was read again and is the same.`);
  return 0;
}

/** Those of the bucket that is read, where they are others. */
function sourceKeys(config: Config): BucketKeys | null {
  const { moveFromKeyId: accessKeyId, moveFromSecret: secretAccessKey } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return configuredKeys(config);
  const sessionToken = config.moveFromSession;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Says which of the two places a failure is about. */
async function named<T>(option: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError(`${option}: ${error.message}`, { cause: error });
  }
}

function isSame(a: ObjectPlace, b: ObjectPlace): boolean {
  if (a.kind === 'folder' || b.kind === 'folder') {
    return a.kind === 'folder' && b.kind === 'folder' && a.root === b.root;
  }
  const [{ create: _, ...one }, { create: __, ...other }] = [a.location, b.location];
  return JSON.stringify(one) === JSON.stringify(other);
}
