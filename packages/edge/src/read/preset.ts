import { ApiError } from '@auraimage/http';
import type { PresetRules } from '@auraimage/ports';
import { type NamedPreset, parsePreset, type Transform } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { VariantWatermark } from '../render/spec.js';
import { findWatermark } from './watermark.js';

/** What a preset makes of an image. */
export interface OpenedPreset {
  readonly transform: Transform;
  readonly watermark: VariantWatermark | undefined;
}

/**
 * Reads what a preset is made of. Call it after the access check.
 *
 * @param rules of the preset; `null` if the project has none with the name
 * @throws {ApiError} `transform_malformed`, `preset_not_found`, `watermark_missing`
 */
export async function openPreset(
  ports: Pick<EdgePorts, 'images' | 'derived'>,
  project: string,
  { problem }: NamedPreset,
  rules: PresetRules | null,
): Promise<OpenedPreset> {
  if (problem !== null) throw new ApiError('transform_malformed', { message: problem });
  if (rules === null) throw new ApiError('preset_not_found');
  const parsed = parsePreset(rules.transform);
  // Only a version that has other options may have stored it.
  if (!parsed.ok) throw new Error(`the transform ${rules.transform} cannot be read`);
  const watermark = rules.watermark && (await findWatermark(ports, project, rules.watermark));
  return { transform: parsed.transform, watermark: watermark ?? undefined };
}
