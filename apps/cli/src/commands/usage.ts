import type { Schemas } from '@auraimage/client';
import { type Command, Option } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { resolveProject } from '../targets.js';
import { formatBytes, wholeNumber } from '../units.js';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 90;
/** Days for which the server counts by name. */
const MAX_NAMED_DAYS = 30;

const PATHS = {
  day: '/v1/projects/{project}/usage',
  image: '/v1/projects/{project}/usage/images',
  preset: '/v1/projects/{project}/usage/presets',
  refusal: '/v1/projects/{project}/usage/refusals',
} as const;

interface UsageOptions {
  readonly project?: string;
  readonly by: keyof typeof PATHS;
  readonly days: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function usageCommand(program: Command, ctx: Context): void {
  program
    .command('usage')
    .description('show what a project serves, and why reads got no picture')
    .option('-p, --project <name>', 'the project')
    .addOption(
      new Option('--by <what>', 'days, the busiest 100 images, presets, or refused reads')
        .choices(Object.keys(PATHS))
        .default('day'),
    )
    .option(
      '--days <count>',
      `the last days in UTC: up to ${MAX_DAYS}, or ${MAX_NAMED_DAYS} if not by day`,
      wholeNumber(1, MAX_DAYS),
      DEFAULT_DAYS,
    )
    .option('--csv', 'print a table for spreadsheets')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('aura usage', 'aura usage --by refusal --days 7', 'aura usage --by image --csv'),
    )
    .action((options: UsageOptions) => usage(ctx, options));
}

async function usage(ctx: Context, options: UsageOptions): Promise<void> {
  const { by, days, csv = false, json = false } = options;
  const { output } = ctx;
  if (csv && json) throw usageError('Give --csv or --json, not both');
  if (by !== 'day' && days > MAX_NAMED_DAYS) {
    throw usageError(`Usage by ${by} is counted for ${MAX_NAMED_DAYS} days`, 'Pass --days 30.');
  }
  const api = await ctx.api();
  const project = await resolveProject(ctx, options.project);
  const path = { project };
  if (csv) {
    const query = { days, format: 'csv' as const };
    const table = await api((client) =>
      client.GET(PATHS[by], { params: { path, query }, parseAs: 'text' }),
    );
    ctx.host.stdout.write(table);
    return;
  }
  const params = { path, query: { days } };
  const show = <Body>(body: Body, toLines: (body: Body) => readonly string[]): void => {
    if (json) {
      output.json(body);
      return;
    }
    const lines = toLines(body);
    for (const line of lines) output.print(line);
    if (lines.length === 0) output.note(`No reads by ${by} in ${project} in this time`);
  };
  switch (by) {
    case 'day':
      return show(await api((client) => client.GET(PATHS.day, { params })), dayLines);
    case 'image':
      return show(await api((client) => client.GET(PATHS.image, { params })), imageLines);
    case 'preset':
      return show(await api((client) => client.GET(PATHS.preset, { params })), presetLines);
    case 'refusal':
      return show(await api((client) => client.GET(PATHS.refusal, { params })), refusalLines);
  }
}

function dayLines({ days }: Schemas['Usage']): readonly string[] {
  return days.map(({ date, reads, sentBytes, encodeSeconds }) => {
    const { missing, expired, other } = reads.refused;
    const refused = missing + expired + other;
    const columns = [
      countsOf({ reads: reads.ok + reads.notModified, sentBytes, encodeSeconds }),
      `${refused} refused`,
    ];
    return [date, ...columns].join('  ');
  });
}

function imageLines({ images, others, margin }: Schemas['UsageByImage']): readonly string[] {
  const lines = images.map(
    ({ key, image, ...counts }) =>
      `${countsOf(counts)}  ${printable(key)}${image === null ? '  (deleted or renamed)' : ''}`,
  );
  return [...lines, ...restOf(others, margin)];
}

function presetLines({ presets, others, margin }: Schemas['UsageByPreset']): readonly string[] {
  const lines = presets.map(({ preset, ...counts }) => `${countsOf(counts)}  ${printable(preset)}`);
  return [...lines, ...restOf(others, margin)];
}

function refusalLines({ refusals }: Schemas['UsageByRefusal']): readonly string[] {
  return refusals.flatMap(({ reads, title, help }) => [
    `${readsOf(reads)}  ${printable(title)}`,
    `${''.padEnd(READS_WIDTH)}  ${printable(help)}`,
  ]);
}

interface Counts {
  readonly reads: number;
  readonly sentBytes: number;
  readonly encodeSeconds: number;
}

function restOf(others: Counts, margin: number): readonly string[] {
  return [
    ...(others.reads > 0 ? [`${countsOf(others)}  all others`] : []),
    ...(margin > 0 ? [`Each has at most ${margin} more reads than its number`] : []),
  ];
}

function countsOf({ reads, sentBytes, encodeSeconds }: Counts): string {
  const seconds = `${encodeSeconds.toFixed(1)} s`;
  return [readsOf(reads), formatBytes(sentBytes).padStart(10), seconds.padStart(9)].join('  ');
}

const READS_WIDTH = 13;

function readsOf(count: number): string {
  return `${count} ${count === 1 ? 'read' : 'reads'}`.padStart(READS_WIDTH);
}
