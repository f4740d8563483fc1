import type { Schemas } from '@auraimage/client';
import { GRAVITIES, isPresetName, parsePreset } from '@auraimage/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { accountApi } from '../account-api.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { resolveProject } from '../targets.js';

type Preset = Schemas['Preset'];

interface PresetsOptions {
  readonly project?: string;
  readonly json?: boolean;
}

interface SetOptions extends PresetsOptions {
  readonly open?: boolean;
  readonly watermark?: string;
  readonly position?: (typeof GRAVITIES)[number];
  readonly scale?: number;
  readonly opacity?: number;
  readonly tile?: boolean;
}

const PROJECT = ['-p, --project <name>', 'the project of the presets'] as const;

export function presetsCommand(program: Command, ctx: Context): void {
  const presets = program
    .command('presets')
    .description('list, set and remove the presets of a project: names for transforms')
    .addHelpText('after', examples('aura presets', 'aura presets set card w=640,h=360,fit=auto'));
  presets
    .command('list', { isDefault: true })
    .description('list the presets by name')
    .option(...PROJECT)
    .option('--json', 'print one JSON object per preset')
    .addHelpText('after', examples('aura presets', 'aura presets list --json'))
    .action((options: PresetsOptions) => list(ctx, options));
  presets
    .command('set')
    .description('create a preset, or replace it as a whole')
    .argument('<name>', '2 to 40 of a-z, 0-9 and "-", the first one a letter', checkName)
    .argument('<transform>', 'options as in an address, such as w=640,h=360', checkTransform)
    .option('--open', 'show private images through the preset without a token')
    .option('--watermark <key>', 'public image of the project that is drawn over pictures')
    .addOption(new Option('--position <place>', 'of the watermark').choices(GRAVITIES))
    .option('--scale <share>', "the watermark's width, 0.01 to 1 of the picture's", checkShare)
    .option('--opacity <share>', 'of the watermark, 0.01 to 1', checkShare)
    .option('--tile', 'repeat the watermark over the whole picture')
    .option(...PROJECT)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'aura presets set card w=640,h=360,fit=auto,q=70',
        'aura presets set preview w=800 --open --watermark brand/logo --opacity 0.5 --tile',
      ),
    )
    .action((name: string, transform: string, options: SetOptions) =>
      set(ctx, name, transform, options),
    );
  presets
    .command('rm')
    .description('remove a preset: its addresses are 404 then')
    .argument('<name>', 'name of the preset')
    .option(...PROJECT)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('aura presets rm card'))
    .action((name: string, options: PresetsOptions) => remove(ctx, name, options));
}

async function list(ctx: Context, { project: flag, json = false }: PresetsOptions): Promise<void> {
  const { output } = ctx;
  const project = await resolveProject(ctx, flag);
  const api = await presetsApi(ctx);
  const { presets } = await api((client) =>
    client.GET('/v1/projects/{project}/presets', { params: { path: { project } } }),
  );
  if (json) {
    for (const preset of presets) output.json(preset);
    return;
  }
  const width = Math.max(...presets.map(({ name }) => name.length));
  for (const preset of presets) output.print(`${preset.name.padEnd(width)}  ${textOf(preset)}`);
  if (presets.length === 0) {
    output.note(`No preset in ${project} yet. Create one: aura presets set card w=640,h=360`);
  }
}

async function set(
  ctx: Context,
  name: string,
  transform: string,
  { project: flag, json = false, open = false, watermark: key, ...how }: SetOptions,
): Promise<void> {
  const { position, scale, opacity, tile } = how;
  if (key === undefined && Object.keys(how).length > 0) {
    throw usageError('There is no watermark to place', 'Give its key with --watermark.');
  }
  const project = await resolveProject(ctx, flag);
  const api = await presetsApi(ctx);
  const watermark =
    key === undefined
      ? null
      : {
          key,
          ...(position !== undefined && { position }),
          ...(scale !== undefined && { scale }),
          ...(opacity !== undefined && { opacity }),
          ...(tile !== undefined && { tile }),
        };
  const preset = await api((client) =>
    client.PUT('/v1/projects/{project}/presets/{name}', {
      params: { path: { project, name } },
      body: { transform, open, watermark },
    }),
  );
  if (json) {
    ctx.output.json(preset);
    return;
  }
  ctx.output.print(`${preset.name}  ${textOf(preset)}`);
  ctx.output.note(
    open
      ? 'Everybody can see the private images of the project through this preset, without a token.'
      : 'Browsers keep variants that they have loaded: add v=… to the addresses of public images.',
  );
}

async function remove(
  ctx: Context,
  name: string,
  { project: flag, json = false }: PresetsOptions,
): Promise<void> {
  const project = await resolveProject(ctx, flag);
  const api = await presetsApi(ctx);
  await api((client) =>
    client.DELETE('/v1/projects/{project}/presets/{name}', { params: { path: { project, name } } }),
  );
  if (json) ctx.output.json({ project, name, status: 'removed' });
  else ctx.output.print(`Removed the preset ${name} of ${project}`);
}

function presetsApi(ctx: Context) {
  return accountApi(ctx, 'A secret key cannot change presets');
}

function textOf({ transform, open, watermark }: Preset): string {
  const parts = [transform];
  if (open) parts.push('open');
  if (watermark !== null) parts.push(`watermark ${watermark.key}`);
  return parts.join('  ');
}

function checkName(text: string): string {
  if (isPresetName(text)) return text;
  throw new InvalidArgumentError(
    'A name has 2 to 40 of a-z, 0-9 and "-", and begins with a letter.',
  );
}

function checkTransform(text: string): string {
  const parsed = parsePreset(text);
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.problem}.`);
  return parsed.text;
}

function checkShare(text: string): number {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
  if (share >= 0.01 && share <= 1) return share;
  throw new InvalidArgumentError('It is a number from 0.01 to 1.');
}
