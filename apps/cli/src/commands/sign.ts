import { signServeToken } from '@auraimage/protocol';
import { type Command, Option } from 'commander';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { examples } from '../help.js';
import { resolveImages, type TargetImage } from '../targets.js';
import { parseLifetime, wholeNumber } from '../units.js';

/** What a link shows, beside the image itself. */
interface Transforms {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit?: string | undefined;
  readonly quality?: number | undefined;
  readonly format?: string | undefined;
}

interface SignOptions extends Transforms {
  readonly project?: string;
  readonly expires: string;
  readonly json?: boolean;
}

interface SignedLink extends TargetImage {
  readonly url: string;
  readonly expiresAt: string;
}

export function signCommand(program: Command, ctx: Context): void {
  program
    .command('sign')
    .description('make signed links to private images')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-e, --expires <time>', 'how long they work: 60s to 7d', '1h')
    .option('--width <pixels>', 'add w= to the link', wholeNumber(1, 8192))
    .option('--height <pixels>', 'add h=', wholeNumber(1, 8192))
    .addOption(new Option('--fit <how>', 'add fit=').choices(['cover', 'contain', 'face', 'auto']))
    .option('--quality <1-100>', 'add q=', wholeNumber(1, 100))
    .addOption(
      new Option('--format <type>', 'add fmt=').choices(['auto', 'avif', 'webp', 'jpeg', 'png']),
    )
    .option('--json', 'print one JSON object per link')
    .addHelpText(
      'after',
      examples(
        'aura sign abc123xyz0-photo.jpg',
        'aura sign users/42/avatar --expires 10m --width 400 --format auto',
        'aura sign abc123xyz0-a.jpg abc123xyz0-b.jpg --json',
      ),
    )
    .action((named: string[], options: SignOptions) => sign(ctx, named, options));
}

async function sign(ctx: Context, named: readonly string[], options: SignOptions): Promise<void> {
  const seconds = parseLifetime(options.expires);
  const images = await resolveImages(ctx, named, options.project);
  const extra = transforms(options);
  for (const { url, ...link } of await signLinks(ctx, images, seconds)) {
    const complete = `${url}${extra}`;
    if (options.json) ctx.output.json({ ...link, url: complete });
    else ctx.output.print(complete);
  }
}

/**
 * With the project's serve secret in the environment, links are signed here, without a request;
 * otherwise the server signs them.
 */
async function signLinks(
  ctx: Context,
  images: readonly TargetImage[],
  seconds: number,
): Promise<SignedLink[]> {
  const { serveSecret, serveProject, cdnUrl } = ctx.settings();
  if (serveSecret !== undefined && images.every(({ project }) => project === serveProject)) {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + seconds;
    const expiresAt = new Date(exp * 1000).toISOString();
    const local = images.map(async ({ project, key }) => {
      const token = await signServeToken({ p: project, f: key, exp, iat }, serveSecret);
      return { project, key, url: `${cdnUrl}/${project}/${key}?token=${token}`, expiresAt };
    });
    return Promise.all(local);
  }
  if ((await ctx.token())?.isSecretKey === true) {
    throw usageError(
      'A secret key cannot sign links',
      'Set AURA_SERVE_SECRET and NEXT_PUBLIC_AURA_PROJECT_NAME, or sign in: aura login.',
    );
  }
  const api = await ctx.api();
  const signed: SignedLink[] = [];
  for (const project of new Set(images.map((image) => image.project))) {
    const keys = images.filter((image) => image.project === project).map(({ key }) => key);
    const { urls, expiresAt } = await api((client) =>
      client.POST('/v1/projects/{project}/signed-urls', {
        params: { path: { project } },
        body: { keys, expiresIn: seconds },
      }),
    );
    signed.push(...urls.map(({ key, url }) => ({ project, key, url, expiresAt })));
  }
  return signed;
}

/** The token covers no other parameter, so these can be added after it. */
function transforms({ width, height, fit, quality, format }: Transforms): string {
  return Object.entries({ w: width, h: height, fit, q: quality, fmt: format })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `&${name}=${value}`)
    .join('');
}
