import { ApiError } from '@auraimage/http';
import type { PresetRules } from '@auraimage/ports';
import {
  isPresetName,
  type KeyCandidate,
  parsePreset,
  type ReadAddress,
  TRANSFORM_GRAMMAR,
  type Transform,
} from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { VariantWatermark } from '../render/spec.js';
import { findWatermark } from './watermark.js';

/** The preset that an address names. */
export interface NamedPreset {
  readonly name: string;
  /** Why the address is malformed, or `null`. */
  readonly problem: string | null;
}

/**
 * The preset that an address names, in its path or its query; `null` if none. It stands alone: another option, an
 * extension that names a format, and another preset beside it are problems.
 *
 * @param format that the address's extension names
 *
 * @example
 * namedPreset(parsePresetPath('my-app/card/photo'), undefined, new URLSearchParams('token=a.b'));
 * // { name: 'card', problem: null }
 */
export function namedPreset(
  { preset, segment }: Pick<ReadAddress, 'preset' | 'segment'>,
  format: KeyCandidate['format'],
  query: URLSearchParams,
): NamedPreset | null {
  const isInQuery = query.has('preset');
  if (preset === undefined && !isInQuery) return null;
  const names = query.getAll('preset');
  if (preset !== undefined) names.push(preset);
  const [name = '', ...more] = names;
  if (more.length > 0) return { name, problem: '"preset" must be given once' };
  if (!isPresetName(name)) {
    const problem = '"preset" must be a name of 2 to 40 characters of a-z, 0-9 and "-"';
    return { name, problem };
  }
  const other = segment ?? [...query.keys()].find((key) => Object.hasOwn(TRANSFORM_GRAMMAR, key));
  const beside = other?.slice(0, 40) ?? (format === undefined ? undefined : `.${format}`);
  if (beside === undefined) return { name, problem: null };
  return { name, problem: `"preset" stands alone: "${beside}" cannot be beside it` };
}

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
