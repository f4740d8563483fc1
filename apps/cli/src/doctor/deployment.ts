import type { Schemas } from '@auraimage/client';
import { matchSignature, signServeToken, splitToken } from '@auraimage/protocol';
import type { Api } from '../api.js';
import type { Context } from '../context.js';
import { CliError, EXIT } from '../errors.js';
import { printable } from '../output.js';
import { probeTls } from '../tls.js';
import { signUpload, uploadBlob } from '../upload/send.js';
import {
  type Check,
  checkClock,
  expect,
  fail,
  fetchRaw,
  ok,
  serverTimeOf,
  warn,
} from './checks.js';
import { checkFlip, checkReads } from './reads.js';
import { checkVersion } from './version.js';

const CLEANUP_TIMEOUT_MS = 20_000;
const RENEW_DAYS = 14;
const LINK_SECONDS = 300;

/** A blue square of 32×32 pixels, as PNG. */
const SQUARE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQMAAABJtOi3AAAAA1BMVEVQeKD69kN8AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgGNwAAACgAAHlG0+uAAAAAElFTkSuQmCC';

/**
 * Checks a deployment from outside with a temporary private image, which is removed again. Reports each
 * check as it is done. What cannot work after a failure is not tried.
 *
 * @param findProject asks the server where nothing names the project
 */
export async function checkDeployment(
  ctx: Context,
  findProject: () => Promise<string>,
  report: (check: Check) => void,
): Promise<void> {
  const { apiUrl, cdnUrl } = ctx.settings();
  const isOneServer = new URL(apiUrl).origin === new URL(cdnUrl).origin;
  const servers = { tls: cdnUrl, ...(isOneServer ? {} : { tls_api: apiUrl }) };
  let isReachable = true;
  for (const [id, baseUrl] of Object.entries(servers)) {
    const check = await checkTls(baseUrl, id);
    report(check);
    // A server without TLS answers all the same.
    if (check.status === 'fail' && baseUrl.startsWith('https:')) isReachable = false;
  }
  if (!isReachable) return;
  const ready = await fetchRaw(`${cdnUrl}/ready`);
  report(
    expect(
      ready?.status === 200,
      'ready',
      'The server is ready: database and object store answer',
      ready === null ? `${cdnUrl} does not answer` : `/ready answers ${ready.status}`,
      'Check AURA_CDN_URL, that the server runs, and its log.',
    ),
  );
  report(checkClock(serverTimeOf(ready)));
  const version = await checkVersion(apiUrl, ctx.host.version);
  if (version !== null) report(version);
  const project = await orReport('project', 'The project is not known', findProject, report);
  if (project === null) return;
  const api = await ctx.api();
  const send = () => upload(ctx, api, project);
  const uploaded = await orReport('upload', 'Uploading failed', send, report);
  if (uploaded === null) return;
  report(ok('upload', `A private image was uploaded to ${project}`));
  try {
    for await (const check of imageChecks(ctx, api, project, uploaded)) {
      ctx.host.signal.throwIfAborted();
      report(check);
    }
  } finally {
    // After Ctrl-C the command's own signal would abort this request as well.
    const cleanup = await ctx.api(AbortSignal.timeout(CLEANUP_TIMEOUT_MS));
    report(await remove(cleanup, project, uploaded.image));
  }
}

/** Reports the failure of a request as a check that failed; null then. */
async function orReport<Found>(
  id: string,
  failure: string,
  request: () => Promise<Found>,
  report: (check: Check) => void,
): Promise<Found | null> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.failed) throw error;
    const { message, code, fix = 'See docs/reference/errors.md for this code.' } = error;
    report(fail(id, `${failure}: ${message} (${code})`, fix));
    return null;
  }
}

interface Uploaded {
  readonly image: Schemas['UploadedImage'];
  readonly bytes: Uint8Array;
}

/** Uploads the image in the way in which an app's users do. */
async function upload(ctx: Context, api: Api, project: string): Promise<Uploaded> {
  const bytes = new Uint8Array(Buffer.from(SQUARE, 'base64'));
  const token = await signUpload(api, {
    projectName: project,
    maxSize: bytes.length,
    allowedTypes: ['image/png'],
    expiresIn: 60,
    visibility: 'private',
  });
  const blob = new Blob([bytes], { type: 'image/png' });
  const image = await uploadBlob(ctx.cdn(), token, blob, 'aura-doctor.png');
  return { image, bytes };
}

async function* imageChecks(
  ctx: Context,
  api: Api,
  project: string,
  { image: { key }, bytes }: Uploaded,
): AsyncGenerator<Check> {
  const { cdnUrl } = ctx.settings();
  const url = `${cdnUrl}/${project}/${key}`;
  const link = await signByServer(ctx, api, project, key);
  const own = await checkServeSecret(ctx, { project, key, url, link });
  if (own !== null) yield own.check;
  if (link !== null) yield checkAddress(link, url, cdnUrl);
  // Whatever address the server puts into links: the one to check is the person's.
  const signed = link === null ? (own?.signed ?? null) : `${url}${new URL(link).search}`;
  if (signed === null && own === null) {
    yield warn(
      'address',
      'Signed links are not checked: a secret key cannot sign them',
      'Set AURA_SERVE_SECRET and NEXT_PUBLIC_AURA_PROJECT_NAME, or sign in: aura login.',
    );
  }
  yield* checkReads({ url, signed, project, key, bytes });
  yield* checkFlip({ api, url, signed, project, key });
}

/** A link that the server signs; null with a secret key, which cannot ask for one. */
async function signByServer(
  ctx: Context,
  api: Api,
  project: string,
  key: string,
): Promise<string | null> {
  if ((await ctx.token())?.isSecretKey === true) return null;
  const { urls } = await api((client) =>
    client.POST('/v1/projects/{project}/signed-urls', {
      params: { path: { project } },
      body: { keys: [key], expiresIn: LINK_SECONDS },
    }),
  );
  return urls[0]?.url ?? null;
}

function checkAddress(link: string, url: string, cdnUrl: string): Check {
  const { origin, search } = new URL(link);
  if (link === `${url}${search}`) return ok('address', `Images are served at ${cdnUrl}`);
  return warn(
    'address',
    `The server signs links to ${origin}, and aura works with ${cdnUrl}`,
    'Set AURA_PUBLIC_URL or AURA_CDN_URL of the server and AURA_CDN_URL here to the same address.',
  );
}

interface OwnLink {
  readonly check: Check;
  /** A link that was signed with `AURA_SERVE_SECRET` and works; null where none does. */
  readonly signed: string | null;
}

/**
 * Whether links that an app signs with this `AURA_SERVE_SECRET` work: by reading the image with one. Whether the
 * secret is the current one or the one before it, which still works for a time, the server's own link tells.
 *
 * @returns null where the environment has no serve secret
 */
async function checkServeSecret(
  ctx: Context,
  { project, key, url, link }: { project: string; key: string; url: string; link: string | null },
): Promise<OwnLink | null> {
  const { serveSecret, serveProject = project } = ctx.settings();
  if (serveSecret === undefined) return null;
  if (serveProject !== project) {
    const check = warn(
      'serve_secret',
      `AURA_SERVE_SECRET is not checked: NEXT_PUBLIC_AURA_PROJECT_NAME is ${serveProject}, and this is ${project}`,
      `Run aura doctor --project ${serveProject}.`,
    );
    return { check, signed: null };
  }
  const iat = Math.floor(Date.now() / 1000);
  const token = await signServeToken(
    { p: project, f: key, iat, exp: iat + LINK_SECONDS },
    serveSecret,
  );
  const signed = `${url}?token=${token}`;
  const read = await fetchRaw(signed);
  if (read?.status !== 200) {
    const found = read === null ? 'nothing' : `${read.status} ${read.code}`.trim();
    const check =
      read?.code === 'serve_token_invalid'
        ? fail(
            'serve_secret',
            `AURA_SERVE_SECRET is not the serve secret of ${project}: links that it signs are refused`,
            `Give your app the one that aura init --project ${project} shows.`,
          )
        : fail(
            'serve_secret',
            `A link that AURA_SERVE_SECRET signs answers ${found}`,
            'Check AURA_CDN_URL, and that the server runs.',
          );
    return { check, signed: null };
  }
  const theirs = link === null ? null : splitToken(new URL(link).searchParams.get('token') ?? '');
  const isPrevious = theirs !== null && (await matchSignature(theirs, [serveSecret])) < 0;
  const check = isPrevious
    ? warn(
        'serve_secret',
        `AURA_SERVE_SECRET is the previous serve secret of ${project}, which works only until its grace period ends`,
        `Give your app the new one: aura init --project ${project}.`,
      )
    : ok('serve_secret', `AURA_SERVE_SECRET signs links to images of ${project}`);
  return { check, signed };
}

async function remove(
  api: Api,
  project: string,
  { key }: Schemas['UploadedImage'],
): Promise<Check> {
  try {
    await api((client) =>
      client.DELETE('/v1/images/{project}/{key}', { params: { path: { project, key } } }),
    );
    return ok('removed', 'The image was removed again');
  } catch (error) {
    const why = error instanceof Error ? printable(error.message) : String(error);
    return warn(
      'removed',
      `The image could not be removed: ${why}`,
      `Remove it yourself: aura rm ${project}/${key} --yes`,
    );
  }
}

/** Whether a server is reached over TLS, with a certificate that this machine accepts, and for how long. */
async function checkTls(baseUrl: string, id: string): Promise<Check> {
  const { protocol, hostname, port, host: shown } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') {
    if (/^(?:localhost|127\.[\d.]+|::1)$/.test(host)) {
      return ok(id, `${baseUrl} is on this machine and needs no TLS`);
    }
    const fix = 'Put a proxy with TLS in front of it: links can be read on the network.';
    return fail(id, `${baseUrl} is not encrypted`, fix);
  }
  const outcome = await probeTls(host, Number(port || 443));
  switch (outcome.kind) {
    case 'unreachable': {
      const why = outcome.code === '' ? '' : ` (${outcome.code})`;
      return fail(id, `${shown} does not answer${why}`, 'Check the address, DNS and the firewall.');
    }
    case 'problem': {
      const { code, text, fix } = outcome.problem;
      return fail(id, `${text} (${code})`, fix);
    }
    case 'valid': {
      const days = Math.floor((outcome.expiresAt - Date.now()) / 86_400_000);
      const text = `The certificate of ${host} is valid for ${days} more days`;
      return days > RENEW_DAYS ? ok(id, text) : warn(id, text, 'Renew it now.');
    }
  }
}
