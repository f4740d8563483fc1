import {
  formatTransform,
  MAX_SEGMENT_LENGTH,
  parseTransform,
  TRANSFORM_GRAMMAR,
  type Transform,
} from './transform.js';

const PRESET_NAME = /^[a-z][a-z0-9-]{1,39}$/;

/**
 * Whether a text can be the name of a preset: 2 to 40 of `a-z 0-9 -`, the first one a letter.
 *
 * @example
 * isPresetName('card'); // true
 */
export function isPresetName(name: string): boolean {
  return PRESET_NAME.test(name);
}

export type ParsedPreset =
  | {
      readonly ok: true;
      readonly transform: Transform;
      /** The only spelling of the transform. */
      readonly text: string;
    }
  /** `problem` names the option and says what is allowed. */
  | { readonly ok: false; readonly problem: string };

/** Options that give something else than a variant. */
const NO_VARIANT: Readonly<Partial<Record<keyof Transform, string>>> = {
  blur: '"blur" gives no image, so a preset cannot have it',
  metadata: '"metadata" is for the original, which a preset never gives: variants have no metadata',
};

/**
 * Parses the transform of a preset, written like a transform segment. It has at least one option, and always gives a
 * variant: `fmt=original`, `blur=true` and `metadata` are refused.
 *
 * @example
 * parsePreset('h=360,w=640,fit=crop'); // { ok: true, transform: { … }, text: 'w=640,h=360,fit=cover' }
 * parsePreset('fmt=original'); // { ok: false, problem: '"fmt=original" …' }
 */
export function parsePreset(text: string): ParsedPreset {
  if (text.length > MAX_SEGMENT_LENGTH) {
    return { ok: false, problem: `A transform has at most ${MAX_SEGMENT_LENGTH} characters` };
  }
  const parsed = text === '' ? null : parseTransform(new URLSearchParams(), { segment: text });
  if (parsed?.ok === false) return parsed;
  const transform = parsed?.transform ?? null;
  if (transform === null) {
    return {
      ok: false,
      problem:
        'A transform has at least one option, such as w=640; fmt=auto keeps the size of the original',
    };
  }
  if (transform.fmt === 'original') {
    const problem = '"fmt=original" is the original itself, which a preset never gives';
    return { ok: false, problem };
  }
  for (const name of Object.keys(transform)) {
    const problem = NO_VARIANT[name as keyof Transform];
    if (problem !== undefined) return { ok: false, problem };
  }
  return { ok: true, transform, text: formatTransform(transform) };
}

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
  { preset, segment }: { readonly preset?: string; readonly segment: string | null },
  format: string | undefined,
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
