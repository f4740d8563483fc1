import { type ImageRecord, MAX_REASON_LENGTH, type Rendering } from '@auraimage/ports';
import type { EdgeOptions, RenderFailure } from '../options.js';

/** Most reports that are remembered. */
const MAX_REPORTED = 10_000;

/** Reports why the engine could not make something of a master, once for each master and kind of failure. */
export type ReportFailure = (
  image: Pick<ImageRecord, 'project' | 'key' | 'objectId'>,
  format: RenderFailure['format'],
  rendering: Extract<Rendering, { readonly ok: false }>,
) => void;

export function createFailureReports({
  onRenderFailure,
}: Pick<EdgeOptions, 'onRenderFailure'>): ReportFailure {
  const reported = new Set<string>();
  return ({ project, key, objectId }, format, { code, reason }) => {
    // The engine has reported a crash or a limit itself.
    if (onRenderFailure === undefined || reason === undefined) return;
    const kind = `${objectId} ${code} ${reason.split(':')[0] ?? ''}`;
    if (reported.has(kind)) return;
    if (reported.size >= MAX_REPORTED) reported.clear();
    reported.add(kind);
    onRenderFailure({ project, key, format, code, reason: reason.slice(0, MAX_REASON_LENGTH) });
  };
}
