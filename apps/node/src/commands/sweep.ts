import { type Finding, isUnlikely, type SweepReport, sweep } from '@auraimage/host';
import { createObjectRows } from '@auraimage/records-sql';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { requireDatabase } from '../operations/database.js';
import { configuredKeys, configuredPlace, nameOfPlace, openPlace } from '../operations/places.js';
import { openRecords } from '../startup/stores.js';
import { countOf, createProgress, formatBytes, say } from './output.js';

/** Longer than any upload takes, which is an hour at most. */
const SAFE_MS = 2 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Exit code if there are findings that were not removed. */
const FOUND = 2;

interface Options {
  readonly apply?: boolean;
  readonly removeRows?: boolean;
  /** Milliseconds. */
  readonly olderThan: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Finds what crashes left, and removes it. */
export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description(
      `find what crashes left in the object store; exit code ${FOUND} if something is left`,
    )
    .option('--apply', 'remove it; images whose object is missing stay')
    .option('--remove-rows', 'with --apply: remove those images from the database')
    .addOption(
      new Option('--older-than <time>', 'leave what is younger, such as 30m, 24h, 7d')
        .argParser(parseTime)
        .default(DAY_MS, '24h'),
    )
    .option('--force', 'even if most objects belong to no image, or most images have no object')
    .option('--json', 'print the findings for programs')
    .action(runSweep);
}

async function runSweep({
  apply = false,
  removeRows = false,
  olderThan: graceMs,
  force = false,
  json = false,
}: Options): Promise<void> {
  const config = readConfig(process.env);
  if (graceMs < SAFE_MS) {
    process.stderr.write(
      '--older-than less than 2h is safe only while no server takes uploads and nothing is moved here\n',
    );
  }
  const report = await run(config, { graceMs, apply, removeRows }, force);
  if (json) say(JSON.stringify({ applied: apply, ...report }));
  else say(describe(report, { apply, removeRows }, nameOfPlace(configuredPlace(config))));
  if (!isClean(report)) process.exitCode = FOUND;
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a time such as `90s`, `30m`, `24h` or `7d`. */
function parseTime(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('Give a time such as 30m, 24h or 7d.');
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}

interface Choice {
  readonly apply: boolean;
  readonly removeRows: boolean;
}

async function run(
  config: Config,
  options: Choice & { readonly graceMs: number },
  force: boolean,
): Promise<SweepReport> {
  await requireDatabase(config);
  const place = configuredPlace(config);
  const store = await openPlace(place, configuredKeys(config), config);
  const progress = createProgress();
  const onProgress = (seen: number) => progress.show(() => `${seen} objects and images looked at`);
  try {
    const { records } = await openRecords(config);
    try {
      const rows = createObjectRows(records.kysely);
      const ports = { inventory: store.inventory, rows, images: records.images };
      const looked = await sweep(ports, { ...options, apply: false, onProgress });
      if (!options.apply) return looked;
      if (!force) refuseUnlikely(looked, options.removeRows, nameOfPlace(place));
      return await sweep(ports, { ...options, onProgress });
    } finally {
      await records.close();
    }
  } finally {
    progress.end();
    await store.close();
  }
}

/** @throws {ConfigError} when the store and the database may not belong together */
function refuseUnlikely(report: SweepReport, removeRows: boolean, place: string): void {
  const { objects, images, orphans, dangling } = report;
  const hint = 'Add --force where you are sure of it.';
  if (isUnlikely(report)) {
    throw new ConfigError(
      `Nothing was removed: ${orphans.count} of ${objects.count} objects in ${place} are of no image in the database. Do both belong together, and to no other server? ${hint}`,
    );
  }
  if (removeRows && dangling.count * 2 > images.count) {
    throw new ConfigError(
      `Nothing was removed: ${dangling.count} of ${images.count} images have no object in ${place}. Do both belong together? ${hint}`,
    );
  }
}

const KINDS = ['orphans', 'dangling', 'abandonedUploads'] as const;

function isClean(report: SweepReport): boolean {
  return KINDS.every((kind) => report[kind].removed === report[kind].count);
}

function describe(report: SweepReport, { apply, removeRows }: Choice, place: string): string {
  const { objects, images, orphans, dangling, abandonedUploads, young } = report;
  const lines = [
    `${place} has ${countOf(objects.count, 'object')}, ${formatBytes(objects.bytes)}; the database has ${countOf(images.count, 'image')}.`,
    ...linesOf(
      orphans,
      countOf(orphans.count, 'object that no image names', 'objects that no image names'),
      apply,
    ),
    ...linesOf(
      abandonedUploads,
      countOf(abandonedUploads.count, 'abandoned upload', 'abandoned uploads'),
      apply,
    ),
    ...linesOf(
      dangling,
      countOf(dangling.count, 'image whose object is missing', 'images whose object is missing'),
      apply && removeRows,
    ),
  ];
  if (young.count > 0) lines.push(`Left because they are young: ${young.count}.`);
  if (isClean(report)) {
    if (lines.length === 1) lines.push('Nothing is left over.');
  } else if (!apply) {
    lines.push('Nothing was changed. Add --apply to remove it.');
  }
  if (dangling.removed < dangling.count) {
    lines.push(
      'Restore missing objects from a backup, or let --apply --remove-rows forget the images.',
    );
  }
  return lines.join('\n');
}

function linesOf(
  { count, bytes, removed, examples }: Finding,
  what: string,
  apply: boolean,
): string[] {
  if (count === 0) return [];
  const done = !apply ? 'found' : removed === count ? 'removed' : `${removed} removed`;
  const more = count > examples.length ? [`  and ${count - examples.length} more`] : [];
  return [
    `${what}, ${formatBytes(bytes)}: ${done}`,
    ...examples.map((text) => `  ${text}`),
    ...more,
  ];
}
