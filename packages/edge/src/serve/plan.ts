import { parseTransform, type Transform } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';

/** What to answer with: the master as it is, the blurhash, or a variant. */
export type Plan =
  | { readonly kind: 'master' }
  | { readonly kind: 'blurhash' }
  | { readonly kind: 'variant'; readonly transform: Transform };

/** Reads the transform parameters. Malformed ones are a 400 that names the first. */
export function plan(query: URLSearchParams): Plan {
  const parsed = parseTransform(query);
  if (!parsed.ok) {
    throw new EdgeError('transform_malformed', {
      message: `"${parsed.parameter}" must be ${parsed.allowed}, given once`,
    });
  }
  if (parsed.transform === null) return { kind: 'master' };
  if (parsed.transform.blur === true) return { kind: 'blurhash' };
  return { kind: 'variant', transform: parsed.transform };
}
