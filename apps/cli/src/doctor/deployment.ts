import { connect } from 'node:tls';
import type { Schemas } from '@auraimage/client';
import { signServeToken } from '@auraimage/protocol';
import type { Api } from '../api.js';
import type { Context } from '../context.js';
import { CliError, EXIT } from '../errors.js';
import { printable } from '../output.js';
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

const TLS_TIMEOUT_MS = 10_000;
const CLEANUP_TIMEOUT_MS = 20_000;
const RENEW_DAYS = 14;
const LINK_SECONDS = 300;

/** A blue square of 32×32 pixels, as PNG. */
const SQUARE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQMAAABJtOi3AAAAA1BMVEVQeKD69kN8AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgGNwAAACgAAHlG0+uAAAAAElFTkSuQmCC';

/**
 * Checks a deployment from outside with a temporary private image, which is removed again. Reports each
 * check as it is done.
 */
export async function checkDeployment(
  ctx: Context,
  api: Api,
  project: string,
  report: (check: Check) => void,
): Promise<void> {
  const { cdnUrl } = ctx.settings();
  for (const check of await checkTls(cdnUrl)) report(check);
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
  const uploaded = await upload(ctx, api, project, report);
  if (uploaded === null) return;
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

interface Uploaded {
  readonly image: Schemas['UploadedImage'];
  readonly bytes: Uint8Array;
}

/** Uploads the image in the way in which an app's users do. */
async function upload(
  ctx: Context,
  api: Api,
  project: string,
  report: (check: Check) => void,
): Promise<Uploaded | null> {
  const bytes = new Uint8Array(Buffer.from(SQUARE, 'base64'));
  try {
    const token = await signUpload(api, {
      projectName: project,
      maxSize: bytes.length,
      allowedTypes: ['image/png'],
      expiresIn: 60,
      visibility: 'private',
    });
    const blob = new Blob([bytes], { type: 'image/png' });
    const image = await uploadBlob(ctx.cdn(), token, blob, 'aura-doctor.png');
    report(ok('upload', `A private image was uploaded to ${project}`));
    return { image, bytes };
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.failed) throw error;
    const fix = error.fix ?? 'See docs/reference/errors.md for this code.';
    report(fail('upload', `Uploading failed: ${error.message} (${error.code})`, fix));
    return null;
  }
}

async function* imageChecks(
  ctx: Context,
  api: Api,
  project: string,
  { image: { key }, bytes }: Uploaded,
): AsyncGenerator<Check> {
  const { cdnUrl } = ctx.settings();
  const url = `${cdnUrl}/${project}/${key}`;
  const link = await sign(ctx, api, project, key);
  // Whatever address the server puts into links: the one to check is the person's.
  const signed = link === null ? null : `${url}${new URL(link).search}`;
  if (link === null) {
    yield warn(
      'address',
      'Signed links are not checked: a secret key cannot sign them',
      'Set AURA_SERVE_SECRET and NEXT_PUBLIC_AURA_PROJECT_NAME, or sign in: aura login.',
    );
  } else if (link === signed) {
    yield ok('address', `Images are served at ${cdnUrl}`);
  } else {
    yield warn(
      'address',
      `The server signs links to ${new URL(link).origin}, and aura works with ${cdnUrl}`,
      'Set AURA_PUBLIC_URL or AURA_CDN_URL of the server and AURA_CDN_URL here to the same address.',
    );
  }
  yield* checkReads({ url, signed, project, key, bytes });
  yield* checkFlip({ api, url, signed, project, key });
}

/** A signed link: of the server, or with the app's own serve secret; null where neither can sign. */
async function sign(ctx: Context, api: Api, project: string, key: string): Promise<string | null> {
  if ((await ctx.token())?.isSecretKey !== true) {
    const { urls } = await api((client) =>
      client.POST('/v1/projects/{project}/signed-urls', {
        params: { path: { project } },
        body: { keys: [key], expiresIn: LINK_SECONDS },
      }),
    );
    return urls[0]?.url ?? null;
  }
  const { cdnUrl, serveSecret, serveProject } = ctx.settings();
  if (serveSecret === undefined || serveProject !== project) return null;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { p: project, f: key, iat, exp: iat + LINK_SECONDS };
  return `${cdnUrl}/${project}/${key}?token=${await signServeToken(claims, serveSecret)}`;
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

/** Whether images are served over TLS, and for how long the certificate is valid. */
async function checkTls(cdnUrl: string): Promise<Check[]> {
  const { protocol, hostname, port } = new URL(cdnUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') {
    if (/^(?:localhost|127\.[\d.]+|::1)$/.test(host)) {
      return [ok('tls', `${cdnUrl} is on this machine and needs no TLS`)];
    }
    const fix = 'Put a proxy with TLS in front of it: links can be read on the network.';
    return [fail('tls', `${cdnUrl} is not encrypted`, fix)];
  }
  const expiry = await certificateExpiry(host, Number(port || 443));
  if (typeof expiry === 'string') {
    return [fail('tls', `${host} has no valid certificate: ${expiry}`, 'Renew or repair it.')];
  }
  const days = Math.floor((expiry - Date.now()) / 86_400_000);
  const text = `The certificate of ${host} is valid for ${days} more days`;
  return [days > RENEW_DAYS ? ok('tls', text) : warn('tls', text, 'Renew it now.')];
}

/** When the certificate expires, in milliseconds; or why it is not valid. */
function certificateExpiry(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: host, timeout: TLS_TIMEOUT_MS });
    const end = (result: number | string) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end(Date.parse(socket.getPeerCertificate().valid_to)));
    socket.once('timeout', () => end('no answer in time'));
    socket.once('error', (error) => end(error.message));
  });
}
