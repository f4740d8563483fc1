import { signServeToken } from '@auraimage/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.js';
import { resolveImages, type TargetImage } from '../project.js';
import { parseLifetime } from '../units.js';

interface SignOptions {
  readonly project?: string;
  readonly expires: string;
  readonly width?: number;
  readonly height?: number;
  readonly fit?: string;
  readonly quality?: number;
  readonly format?: string;
  readonly json?: boolean;
}

interface SignedLink extends TargetImage {
  readonly url: string;
  readonly expiresAt: string;
}

export function signCommand(program: Command, ctx: Context): void {
  program
    .command('sign')
    .description('make links that open private images for a while')
    .argument('<key...>', 'keys, project/key or URLs')
    .option('-p, --project <name>', 'the project of the keys')
    .option('-e, --expires <time>', 'how long they work: 60s to 7d', '1h')
    .option('--width <pixels>', 'add w= to the link', whole(8192))
    .option('--height <pixels>', 'add h=', whole(8192))
    .addOption(new Option('--fit <how>', 'add fit=').choices(['cover', 'contain', 'face', 'auto']))
    .option('--quality <1-100>', 'add q=', whole(100))
    .addOption(
      new Option('--format <type>', 'add fmt=').choices(['auto', 'avif', 'webp', 'jpeg', 'png']),
    )
    .option('--json', 'print one JSON object per link')
    .action((named: string[], options: SignOptions) => sign(ctx, named, options));
}

async function sign(ctx: Context, named: readonly string[], options: SignOptions): Promise<void> {
  const seconds = parseLifetime(options.expires);
  const images = await resolveImages(ctx, named, options.project);
  const extra = transforms(options);
  for (const { url, ...link } of await links(ctx, images, seconds)) {
    const whole = `${url}${extra}`;
    if (options.json) ctx.output.json({ ...link, url: whole });
    else ctx.output.print(whole);
  }
}

/**
 * With the project's serve secret in the environment, links are made here, without a request;
 * otherwise the server makes them.
 */
async function links(
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
  const api = await ctx.api();
  const signed: SignedLink[] = [];
  for (const project of new Set(images.map((image) => image.project))) {
    const keys = images.filter((image) => image.project === project).map(({ key }) => key);
    const { urls, expiresAt } = await api.signUrls(project, keys, seconds);
    signed.push(...urls.map(({ key, url }) => ({ project, key, url, expiresAt })));
  }
  return signed;
}

/** The token covers no other parameter, so they may stand behind it. */
function transforms({ width, height, fit, quality, format }: SignOptions): string {
  return Object.entries({ w: width, h: height, fit, q: quality, fmt: format })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `&${name}=${value}`)
    .join('');
}

function whole(most: number) {
  return (text: string): number => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
  };
}
