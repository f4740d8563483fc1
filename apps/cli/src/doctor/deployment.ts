import type { Api } from '../api.js';
import { createApi } from '../api.js';
import { CliError, EXIT } from '../errors.js';
import { printable } from '../output.js';
import type { Settings } from '../settings.js';
import { checkClock } from './clock.js';
import { checkFlip } from './flip.js';
import { checkReads } from './reads.js';
import { type Check, expect, fail, ok, warn } from './report.js';
import { ask, readDate } from './requests.js';
import { type ThrowAway, uploadThrowAway } from './throw-away.js';
import { checkTls } from './tls.js';

export interface Deployment {
  readonly api: Api;
  readonly settings: Settings;
  /** The token of the person, to clean up after an interruption. */
  readonly token: string;
  readonly project: string;
  readonly signal: AbortSignal;
}

/**
 * Looks at a deployment from outside with a private image that is removed again. Reports each check
 * as it is done.
 */
export async function checkDeployment(
  { api, settings, token, project, signal }: Deployment,
  report: (check: Check) => void,
): Promise<void> {
  const { cdnUrl } = settings;
  for (const check of await checkTls(cdnUrl)) report(check);
  const ready = await ask(`${cdnUrl}/ready`);
  report(
    expect(
      ready?.status === 200,
      'ready',
      'The server is ready: database and store answer',
      ready === null ? `${cdnUrl} does not answer` : `/ready answers ${ready.status}`,
      'Check AURA_CDN_URL, that the server runs, and its log.',
    ),
  );
  report(checkClock(readDate(ready?.headers.get('date') ?? null)));
  const sent = await upload(api, project, report);
  if (sent === null) return;
  try {
    for await (const check of steps(api, project, sent, settings)) {
      signal.throwIfAborted();
      report(check);
    }
  } finally {
    // With a signal of its own: an interrupted check cleans up too.
    const cleaner = createApi(settings, token, AbortSignal.timeout(20_000));
    report(await remove(cleaner, project, sent));
  }
}

async function* steps(api: Api, project: string, sent: ThrowAway, { cdnUrl }: Settings) {
  const { key } = sent.image;
  const url = `${cdnUrl}/${project}/${key}`;
  const { urls } = await api.signUrls(project, [key], 300);
  const [given = url] = urls.map((link) => link.url);
  // Whatever address the server puts into links, the one that is looked at is the person's.
  const signed = `${url}${new URL(given).search}`;
  yield given === signed
    ? ok('address', `Images are served at ${cdnUrl}`)
    : warn(
        'address',
        `The server signs links to ${new URL(given).origin}, and aura works with ${cdnUrl}`,
        'Set AURA_PUBLIC_URL or AURA_CDN_URL of the server and AURA_CDN_URL here to the same address.',
      );
  yield* checkReads({ url, signed, project, key, bytes: sent.bytes });
  yield* checkFlip({ api, url, signed, project, key });
}

async function upload(
  api: Api,
  project: string,
  report: (check: Check) => void,
): Promise<ThrowAway | null> {
  try {
    const sent = await uploadThrowAway(api, project);
    report(ok('upload', `A private image was uploaded to ${project}`));
    return sent;
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== EXIT.failed) throw error;
    const fix = error.fix ?? 'See docs/errors.md for this code.';
    report(fail('upload', `Uploading failed: ${error.message} (${error.code})`, fix));
    return null;
  }
}

async function remove(api: Api, project: string, { image }: ThrowAway): Promise<Check> {
  try {
    await api.removeImage(project, image.key);
    return ok('removed', 'The image was removed again');
  } catch (error) {
    const why = error instanceof Error ? printable(error.message) : String(error);
    return warn(
      'removed',
      `The image could not be removed: ${why}`,
      `Remove it yourself: aura rm ${project}/${image.key} --yes`,
    );
  }
}
