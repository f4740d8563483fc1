import { formatTransform, limitClaims, parseTransform, signServeToken } from '@auraimage/protocol';
import type { Context } from './context.js';
import { usageError } from './errors.js';
import type { TargetImage } from './targets.js';

interface SignedLink extends TargetImage {
  readonly url: string;
  readonly expiresAt: string;
}

/** What limits a link, beside its lifetime. */
export interface LinkLimits {
  /** Longest side of what it opens, in pixels: 1 to 8192. */
  readonly maxEdge?: number | undefined;
  /** Whom it is given to. */
  readonly recipient?: string | undefined;
}

/** What a link shows, beside the image itself. */
export interface Transforms {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit?: string | undefined;
  readonly quality?: number | undefined;
  readonly format?: string | undefined;
  /** More options, as in the path of an address. */
  readonly transform?: string | undefined;
}

/**
 * With the project's serve secret in the environment, links are signed here, without a request;
 * otherwise the server signs them.
 */
export async function signLinks(
  ctx: Context,
  images: readonly TargetImage[],
  seconds: number,
  { maxEdge, recipient }: LinkLimits = {},
): Promise<SignedLink[]> {
  const { serveSecret, serveProject, cdnUrl } = ctx.settings();
  if (serveSecret !== undefined && images.every(({ project }) => project === serveProject)) {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + seconds;
    const expiresAt = new Date(exp * 1000).toISOString();
    const claims = { exp, iat, ...limitClaims({ maxEdge, recipient }) };
    const local = images.map(async ({ project, key }) => {
      const token = await signServeToken({ p: project, f: key, ...claims }, serveSecret);
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
        body: {
          keys,
          expiresIn: seconds,
          ...(maxEdge === undefined ? {} : { maxEdge }),
          ...(recipient === undefined ? {} : { recipient }),
        },
      }),
    );
    signed.push(...urls.map(({ key, url }) => ({ project, key, url, expiresAt })));
  }
  return signed;
}

/**
 * The token covers no other parameter, so these can be added after it.
 *
 * @param maxEdge the ceiling of the link, under which nothing opens the original
 * @throws a usage error for what the server would refuse
 */
export function transforms(
  { width, height, fit, quality, format, transform }: Transforms,
  maxEdge?: number,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ w: width, h: height, fit, q: quality, fmt: format }))
    if (value !== undefined) query.set(name, String(value));
  const parsed = parseTransform(query, { segment: transform ?? null });
  if (!parsed.ok) throw usageError(parsed.problem);
  if (parsed.transform === null) return '';
  const { fmt, metadata } = parsed.transform;
  const isStripped = metadata !== undefined && Object.keys(parsed.transform).length === 1;
  if (maxEdge !== undefined && (fmt === 'original' || isStripped)) {
    throw usageError('A link with --max-edge does not open the original');
  }
  return `&${formatTransform(parsed.transform).replaceAll(',', '&')}`;
}
