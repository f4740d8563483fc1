import { type image, iso, toImage, type z } from '@auraimage/http';
import type { ImageRecord, Project } from '@auraimage/ports';
import { signServeToken } from '@auraimage/protocol';
import type { ProjectGrant } from '../auth/access.js';
import type { ControlPorts } from '../ports.js';

/** Minimum remaining lifetime of a signed URL. Pages that show it fetch a new one before it expires. */
const MIN_SECONDS = 3600;
/** Within such a window of time, an image keeps its signed URL, so that browsers can cache the image. */
const WINDOW_SECONDS = 900;

/**
 * Converts records to response bodies. For a private image, a user gets a signed URL, since users may sign any key
 * of their projects, and for a public one where the project allows no other unsigned transforms than presets. A secret
 * key gets none, since it cannot read private images.
 *
 * @param publicUrl without a trailing slash
 *
 * @example
 * const toBody = createImageBodies(ports, publicUrl)(owner);
 * const images = await Promise.all(records.map(toBody));
 */
export function createImageBodies(
  { registry, clock }: Pick<ControlPorts, 'registry' | 'clock'>,
  publicUrl: string,
) {
  return ({ principal, project }: Pick<ProjectGrant, 'principal' | 'project'>) => {
    const toBody = createSignedBodies(clock.now(), publicUrl);
    let secret: Promise<string | undefined> | undefined;

    return async (record: ImageRecord): Promise<z.infer<typeof image>> => {
      if (!isSigned(record, project) || principal.kind === 'secret_key') {
        return toImage(record, publicUrl, null);
      }
      secret ??= registry.serveSecrets(project.id).then((secrets) => secrets?.current);
      return toBody(record, project, await secret);
    };
  };
}

/**
 * Converts records to response bodies for a user, whose projects they belong to.
 *
 * @param now Unix milliseconds
 * @param publicUrl without a trailing slash
 * @returns takes a record, its project, and the serve secret of that; without a secret (the project was deleted
 *   meanwhile), an image gets no signed URL
 */
export function createSignedBodies(now: number, publicUrl: string) {
  const second = Math.floor(now / 1000);
  const windowStart = second - (second % WINDOW_SECONDS);
  const exp = windowStart + WINDOW_SECONDS + MIN_SECONDS;

  return async (
    record: ImageRecord,
    project: Limited,
    secret: string | undefined,
  ): Promise<z.infer<typeof image>> => {
    const { project: p, key: f, linksRevokedAt } = record;
    if (!isSigned(record, project) || secret === undefined) return toImage(record, publicUrl, null);
    // If links were revoked within this window, a token issued at its start would be revoked as well.
    const iat = Math.max(windowStart, linksRevokedAt ?? 0);
    const token = await signServeToken({ p, f, exp, iat }, secret);
    const url = `${publicUrl}/${p}/${f}?token=${token}`;
    return toImage(record, publicUrl, { url, expiresAt: iso(exp * 1000) });
  };
}

type Limited = Pick<Project, 'unsignedTransforms'>;

/** Whether a page that shows variants of the image needs a token. */
function isSigned({ visibility }: ImageRecord, { unsignedTransforms }: Limited): boolean {
  return visibility === 'private' || unsignedTransforms === 'presets';
}
