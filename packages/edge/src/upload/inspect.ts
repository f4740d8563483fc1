import { ApiError } from '@auraimage/http';
import type { ImageEngine, Inspection, ObjectDraft } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';

export type InspectedImage = Extract<Inspection, { ok: true }>;

/** Decodes what was spooled; a file that is not a whole image within the limits is refused (422). */
export async function inspect(
  engine: ImageEngine,
  draft: ObjectDraft,
  type: MasterType,
): Promise<InspectedImage> {
  const inspection = await engine.inspect(await draft.readBack(), type);
  if (!inspection.ok) throw new ApiError(inspection.code);
  return inspection;
}
