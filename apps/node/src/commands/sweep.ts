import { createObjectRows } from '@auraimage/records-sql';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { requireDatabase } from '../operations/database.js';
import { configuredKeys, configuredPlace, nameOfPlace, openPlace } from '../operations/places.js';
import { type Finding, type SweepReport, sweep } from '../operations/sweep.js';
import { openRecords } from '../startup/stores.js';
import { type Command, parseTime, readOptions, say } from './command.js';
import { countOf, createProgress, formatBytes } from './output.js';

/** Longer than any upload takes: AURA_BODY_TIMEOUT is an hour at most. */
const SAFE_MS = 2 * 3_600_000;

/** Exit code of a sweep that found what it did not remove. */
const FOUND = 2;

/** Finds, and removes, what crashes left. */
export const sweepCommand: Command = {
  usage: `  aura-server sweep                  find what crashes left in the store; ends with 2 where there is any
      [--apply]                        remove it; images whose object is missing stay
      [--remove-rows]                  with --apply: remove those images from the database
      [--older-than 24h]               leave what is younger
      [--force]                        even where most objects are no image's, or most images have no object
      [--json]                         print the findings for programs`,
  async run(args, environment) {
    const values = readOptions(args, {
      apply: { type: 'boolean', default: false },
      'remove-rows': { type: 'boolean', default: false },
      'older-than': { type: 'string', default: '24h' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const graceMs = parseTime('--older-than', values['older-than']);
    const config = readConfig(environment);
    if (graceMs < SAFE_MS) {
      const text = 'is safe only while no server takes uploads and nothing is moved here';
      process.stderr.write(`--older-than ${values['older-than']} ${text}\n`);
    }
    const { apply, 'remove-rows': removeRows, force } = values;
    const report = await run(config, { graceMs, apply, removeRows }, force);
    if (values.json) say(JSON.stringify({ applied: apply, ...report }));
    else say(describe(report, { apply, removeRows }, nameOfPlace(configuredPlace(config))));
    return isClean(report) ? 0 : FOUND;
  },
};

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

/**
 * A store and a database that do not belong together look as if everything in them were left by crashes.
 *
 * @throws {ConfigError}
 */
function refuseUnlikely(
  { objects, images, orphans, dangling }: SweepReport,
  removeRows: boolean,
  place: string,
): void {
  const hint = 'Add --force where you are sure of it.';
  if (orphans.count * 2 > objects.count) {
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

const KINDS = ['orphans', 'dangling', 'variants', 'leftovers'] as const;

function isClean(report: SweepReport): boolean {
  return KINDS.every((kind) => report[kind].removed === report[kind].count);
}

function describe(report: SweepReport, { apply, removeRows }: Choice, place: string): string {
  const { objects, images, orphans, dangling, variants, leftovers, young } = report;
  const lines = [
    `${place} has ${countOf(objects.count, 'object')}, ${formatBytes(objects.bytes)}; the database has ${countOf(images.count, 'image')}.`,
    ...linesOf(
      orphans,
      countOf(orphans.count, 'object that no image names', 'objects that no image names'),
      apply,
    ),
    ...linesOf(
      variants,
      `variants of ${countOf(variants.count, 'image that is gone', 'images that are gone')}`,
      apply,
    ),
    ...linesOf(leftovers, countOf(leftovers.count, 'unfinished upload'), apply),
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
