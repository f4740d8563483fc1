import type { S3Location } from '@auraimage/objects-s3/location';
import type { CheckDepth } from '@auraimage/ports';
import { createObjectRows, type DatabasePlace } from '@auraimage/records-sql';
import type { Command } from 'commander';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { copyObjects } from '../operations/copy-objects.js';
import { nameOfDatabase, reopenCommand, requireDatabase } from '../operations/database.js';
import { moveDatabase } from '../operations/move-database.js';
import {
  type BucketKeys,
  configuredKeys,
  nameOfPlace,
  type ObjectPlace,
  openPlace,
  openTarget,
} from '../operations/places.js';
import { readPrivateFile } from '../startup/master-key.js';
import { openRecords } from '../startup/stores.js';
import {
  AT_ONCE,
  addDepthOptions,
  createCopyProgress,
  createProgress,
  type DepthOptions,
  depthOf,
  describeCopy,
  printProblems,
  say,
} from './output.js';
import { type Place, parsePlace } from './place-text.js';

interface Options extends DepthOptions {
  readonly from: string;
  readonly to: string;
  readonly fromCredentials?: string;
}

/** Takes the images, or the rows, to another store. */
export function addMove(program: Command): void {
  const command = program
    .command('move')
    .description('copy every image to another store, or the rows to another database')
    .requiredOption('--from <place>', 'where they are')
    .requiredOption('--to <place>', 'where they go')
    .option(
      '--from-credentials <file>',
      'file with AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=… for the bucket of --from (default: those of the environment)',
    )
    .addHelpText(
      'after',
      `
Places of images: folder:/path, s3://bucket?…, AURA_STORAGE for what that variable says.
Databases: sqlite:/path/aura.db, AURA_DATABASE_URL, and d1://ACCOUNT_ID/DATABASE_ID with CLOUDFLARE_API_TOKEN set.
Run it again to continue, and once more when the servers are stopped.`,
    );
  addDepthOptions(command).action(move);
}

async function move({ from, to, fromCredentials, ...options }: Options): Promise<void> {
  const config = readConfig(process.env);
  const [source, target] = [parsePlace('--from', from, config), parsePlace('--to', to, config)];
  if (isDatabase(source) && isDatabase(target)) return moveRows(config, source, target);
  if (isDatabase(source) || isDatabase(target)) {
    throw new ConfigError('--from and --to are two stores of images, or two databases');
  }
  if (isSame(source, target)) throw new ConfigError('--from and --to are the same place');
  const keys =
    fromCredentials === undefined ? configuredKeys(config) : await readCredentials(fromCredentials);
  return moveObjects(config, { source, target, keys, depth: depthOf(options) });
}

interface ObjectMove {
  readonly source: ObjectPlace;
  readonly target: ObjectPlace;
  /** Of the source, where it is a bucket. */
  readonly keys: BucketKeys | null;
  readonly depth: CheckDepth;
}

async function moveObjects(
  config: Config,
  { source, target, keys, depth }: ObjectMove,
): Promise<void> {
  await requireDatabase(config);
  const from = await named('--from', openPlace(source, keys, config));
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
      if (printProblems(report)) {
        say('These images are not in the new place. Fix the problems above, and run it again.');
        process.exitCode = 1;
      } else {
        say(`${nameOfPlace(target)} has every image of the database.`);
      }
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
  return place.kind !== 'folder' && place.kind !== 'bucket';
}

async function moveRows(config: Config, from: DatabasePlace, to: DatabasePlace): Promise<void> {
  const progress = createProgress();
  const reopen = reopenCommand(from);
  let state: 'open' | 'closed' | 'copied' = 'open';
  try {
    const report = await moveDatabase(config, from, to, {
      onProgress({ step, done, total }) {
        progress.show(() => `${done} of ${total} rows ${step}`);
      },
      onClosing() {
        state = 'closed';
        say(`The Worker cannot change its database from now on. To let it again: ${reopen}`);
      },
      onEnding() {
        state = 'copied';
      },
    });
    progress.end();
    const tables = report.tables.filter(({ rows }) => rows > 0);
    say(tables.map(({ name, rows }) => `${name}: ${rows}`).join('\n'));
    say(`${nameOfDatabase(to)} has all ${report.rows} rows; each was read again and is the same.`);
    if (to.kind === 'd1') {
      say('The Worker needs the same master key: set its secret AURA_MASTER_KEY before it starts.');
    }
    if (from.kind === 'd1') {
      say(
        `The Worker serves no image any more: it answers 503. Delete it, with its routes and its address at workers.dev, before you start the servers. To use it again instead: ${reopen}`,
      );
    }
  } catch (error) {
    progress.end();
    if (state !== 'open') {
      process.stderr.write(
        state === 'closed'
          ? `The Worker may be unable to change its database. To let it again: ${reopen}\n`
          : `All rows were copied, but the Worker may still serve images: delete it before you start the servers. To use it again instead: ${reopen}\n`,
      );
    }
    throw error;
  }
}

/** Credentials of the bucket that is read, where they are others than those of the settings. */
async function readCredentials(path: string): Promise<BucketKeys> {
  const lines = (await readPrivateFile(path)).split('\n');
  const values = new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(\S*)\s*$/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );
  const accessKeyId = values.get('AWS_ACCESS_KEY_ID');
  const secretAccessKey = values.get('AWS_SECRET_ACCESS_KEY');
  const sessionToken = values.get('AWS_SESSION_TOKEN');
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigError(
      `--from-credentials ${path}: give the lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…`,
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
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
  const placeOf = ({ bucket, prefix, endpoint, region }: S3Location) =>
    JSON.stringify([bucket, prefix, endpoint, region]);
  return placeOf(a.location) === placeOf(b.location);
}
