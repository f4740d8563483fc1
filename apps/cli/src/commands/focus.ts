import { type Point, toPoint } from '@auraimage/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { resolveImages } from '../targets.js';

interface FocusOptions {
  readonly project?: string;
  readonly json?: boolean;
}

export function focusCommand(program: Command, ctx: Context): void {
  program
    .command('focus')
    .description('choose the point of a picture that crops keep in view')
    .argument('<key>', 'key, project/key or URL')
    .argument(
      '<point>',
      'shares of the width and the height, such as 0.3,0.7; none for the middle',
      parsePoint,
    )
    .option('-p, --project <name>', 'the project of the key')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('aura focus abc123xyz0-photo.jpg 0.3,0.7', 'aura focus users/42/avatar none'),
    )
    .action(async (named: string, wanted: Point | null, options: FocusOptions) => {
      const api = await ctx.api();
      for (const { project, key } of await resolveImages(ctx, [named], options.project)) {
        const { focus = null, version } = await api((client) =>
          client.PATCH('/v1/images/{project}/{key}', {
            params: { path: { project, key } },
            body: { focus: wanted },
          }),
        );
        if (options.json) {
          ctx.output.json({ project, key, focus, version });
          continue;
        }
        const point = focus === null ? 'the middle' : `${focus.x},${focus.y}`;
        ctx.output.print(`Crops of ${project}/${key} are around ${point}`);
        ctx.output.note(
          `Browsers keep crops that they have loaded: add v=${version} to the addresses of a public image.`,
        );
      }
    });
}

function parsePoint(text: string): Point | null {
  if (text === 'none') return null;
  const [, x, y] = /^(\d*\.?\d+)[x,](\d*\.?\d+)$/.exec(text) ?? [];
  const point = toPoint({ x: Number(x), y: Number(y) });
  if (point === null) {
    throw new InvalidArgumentError('It is none, or two numbers of 0 to 1, such as 0.3,0.7.');
  }
  return point;
}
