import { isGeneratedKey, isKey, isProjectName } from './names.js';
import { isPresetName } from './preset.js';
import { MAX_SEGMENT_LENGTH, type VariantFormat } from './transform.js';

/** The project and key that a request names. */
export interface ImageAddress {
  readonly project: string;
  readonly key: string;
}

/**
 * Parses `{project}/{key}` from a URL's path without decoding it, so that the text that is checked is
 * the text that is looked up.
 *
 * @returns `null` for any other path, such as one with a percent sign, a dot segment, or a control or
 *   non-ASCII character
 *
 * @example
 * parseImageAddress('my-app/abc123xyz0-photo.jpg'); // { project: 'my-app', key: 'abc123xyz0-photo.jpg' }
 * parseImageAddress('my-app/users/42/avatar'); // { project: 'my-app', key: 'users/42/avatar' }
 * parseImageAddress('my-app/abc123xyz0-photo%2Ejpg'); // null
 */
export function parseImageAddress(path: string): ImageAddress | null {
  const slash = path.indexOf('/');
  const project = path.slice(0, slash);
  const key = path.slice(slash + 1);
  return slash > 0 && isProjectName(project) && isKey(key) ? { project, key } : null;
}

/** The output format of an address, by its extension. */
const FORMAT_OF_EXTENSION: ReadonlyMap<string, Exclude<VariantFormat, 'gif'>> = new Map([
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['avif', 'avif'],
]);

/** A key that an address may mean. */
export interface KeyCandidate {
  readonly key: string;
  /** The output format that the rest of the address, its extension, names. */
  readonly format?: Exclude<VariantFormat, 'gif'>;
}

/** What the path of a read names. */
export interface ReadAddress {
  readonly project: string;
  /** One or two; the first that exists is meant. */
  readonly candidates: readonly [KeyCandidate, ...KeyCandidate[]];
  /** The transform segment as received, such as `w=400,fit=contain`, or `null`. */
  readonly segment: string | null;
  /** The preset that the path names in place of a segment. */
  readonly preset?: string;
}

/**
 * Parses `{project}/[segment/]{key}[.ext]` from the path of a read without decoding it.
 *
 * The piece after the project is the transform segment if it contains `=` or `,`. The rest is a key, or else a
 * key followed by an extension that names the output format. A key that a developer chose never ends in such an
 * extension, so both are possible only for a text in the form of a generated key.
 *
 * A piece that may be the name of a preset is read as the first folder of a key. If the whole is no key, or there is no
 * image with it, {@link parsePresetPath} has the other meaning.
 *
 * @returns `null` for any other path
 *
 * @example
 * parseReadPath('my-app/w=400/users/42/avatar.webp');
 * // { project: 'my-app', segment: 'w=400', candidates: [{ key: 'users/42/avatar', format: 'webp' }] }
 */
export function parseReadPath(path: string): ReadAddress | null {
  const slash = path.indexOf('/');
  const project = path.slice(0, slash);
  if (slash < 1 || !isProjectName(project)) return null;
  let rest = path.slice(slash + 1);
  let segment: string | null = null;
  const end = rest.indexOf('/');
  if (end >= 0 && isSegment(rest.slice(0, end))) {
    segment = rest.slice(0, end);
    rest = rest.slice(end + 1);
    if (segment.length > MAX_SEGMENT_LENGTH) return null;
  }
  const [first, ...more] = candidatesOf(rest);
  return first === undefined ? null : { project, candidates: [first, ...more], segment };
}

/**
 * Parses `{project}/{preset}/{key}[.ext]` from the path of a read without decoding it. No image has a key whose first
 * folder is the name of a preset of its project, so a path names one image only.
 *
 * @returns `null` for any other path
 *
 * @example
 * parsePresetPath('my-app/card/users/42/avatar');
 * // { project: 'my-app', candidates: [{ key: 'users/42/avatar' }], segment: null, preset: 'card' }
 */
export function parsePresetPath(path: string): ReadAddress | null {
  const [project = '', preset = ''] = path.split('/', 2);
  if (!isProjectName(project) || !isPresetName(preset)) return null;
  const [first, ...more] = candidatesOf(path.slice(project.length + preset.length + 2));
  if (first === undefined) return null;
  return { project, candidates: [first, ...more], segment: null, preset };
}

function isSegment(piece: string): boolean {
  return piece.includes('=') || piece.includes(',');
}

function candidatesOf(text: string): readonly KeyCandidate[] {
  const whole = isKey(text) ? [{ key: text }] : [];
  const dot = text.lastIndexOf('.');
  const format = FORMAT_OF_EXTENSION.get(text.slice(dot + 1));
  const key = text.slice(0, dot);
  return dot < 1 || format === undefined || !isKey(key) ? whole : [...whole, { key, format }];
}

/** Whether an address without options means the master: a generated key says the type of the master. */
export function namesMaster({ key, format }: KeyCandidate): boolean {
  return format === undefined && isGeneratedKey(key);
}
