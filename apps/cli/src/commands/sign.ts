import { type Command, Option } from 'commander';
import type { Context } from '../context.js';
import { examples } from '../help.js';
import { type LinkLimits, signLinks, type Transforms, transforms } from '../links.js';
import { resolveImages } from '../targets.js';
import { parseLifetime, recipientLabel, wholeNumber } from '../units.js';

interface SignOptions extends Transforms, LinkLimits {
  readonly project?: string;
  readonly expires: string;
  readonly json?: boolean;
}

export function signCommand(program: Command, ctx: Context): void {
  program
    .command('sign')
    .description('make signed links to private images')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-e, --expires <time>', 'how long they work: 60s to 7d', '1h')
    .option(
      '--max-edge <pixels>',
      'longest side of what they open; never the original',
      wholeNumber(1, 8192),
    )
    .option('--recipient <label>', 'whom they are given to, such as customer:42', recipientLabel)
    .option('--width <pixels>', 'add w= to the link', wholeNumber(1, 8192))
    .option('--height <pixels>', 'add h=', wholeNumber(1, 8192))
    .addOption(new Option('--fit <how>', 'add fit=').choices(['cover', 'contain', 'face', 'auto']))
    .option('--quality <1-100>', 'add q=', wholeNumber(1, 100))
    .addOption(
      new Option('--format <type>', 'add fmt=').choices(['auto', 'avif', 'webp', 'jpeg', 'png']),
    )
    .option('--transform <options>', 'add other transforms, such as rotate=90,gray=true')
    .option('--json', 'print one JSON object per link')
    .addHelpText(
      'after',
      examples(
        'aura sign abc123xyz0-photo.jpg',
        'aura sign users/42/avatar --expires 10m --width 400 --format auto',
        'aura sign abc123xyz0-photo.jpg --max-edge 800 --recipient customer:42',
        'aura sign abc123xyz0-a.jpg abc123xyz0-b.jpg --json',
      ),
    )
    .action((named: string[], options: SignOptions) => sign(ctx, named, options));
}

async function sign(ctx: Context, named: readonly string[], options: SignOptions): Promise<void> {
  const seconds = parseLifetime(options.expires);
  const extra = transforms(options, options.maxEdge);
  // With the serve secret, links are signed without a request.
  const { serveSecret, serveProject } = ctx.settings();
  const offline = serveSecret === undefined ? undefined : serveProject;
  const images = await resolveImages(ctx, named, options.project, offline);
  for (const { url, ...link } of await signLinks(ctx, images, seconds, options)) {
    const complete = `${url}${extra}`;
    if (options.json) ctx.output.json({ ...link, url: complete });
    else ctx.output.print(complete);
  }
}
