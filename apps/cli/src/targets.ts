import {
  isKey,
  isProjectName,
  MAX_NAME_LENGTH,
  parseImageAddress,
  parsePresetPath,
  parseReadPath,
} from '@auraimage/protocol';
import type { Context } from './context.js';
import { CliError, EXIT, usageError } from './errors.js';
import { printable } from './output.js';
import type { Settings } from './settings.js';

/** The image that a command works on. */
export interface TargetImage {
  readonly project: string;
  readonly key: string;
}

/**
 * The project that a command works on: the flag, else AURA_PROJECT, else the choice of `aura init` in this
 * folder, else the account's only one, else the answer to a question.
 */
export async function resolveProject(ctx: Context, flag: string | undefined): Promise<string> {
  const known = await namedProject(ctx, flag);
  if (known !== undefined) return known;
  if ((await ctx.token())?.isSecretKey === true) {
    throw usageError(
      'AURA_TOKEN is a secret key, which cannot list projects',
      'Name its project: --project NAME or AURA_PROJECT.',
    );
  }
  const api = await ctx.api();
  const { projects } = await api((client) => client.GET('/v1/projects'));
  const names = projects.map(({ projectName }) => projectName);
  const [only] = names;
  if (only === undefined) {
    throw new CliError('The account has no project yet', { fix: 'Run aura init to create one.' });
  }
  if (names.length === 1) return only;
  if (ctx.prompts.possible) {
    return ctx.prompts.choose(
      'Which project?',
      names.map((value) => ({ value, label: value })),
    );
  }
  throw usageError(
    'The account has more than one project',
    'Name one: --project NAME or AURA_PROJECT, or run aura init in this folder.',
  );
}

/** The project that the flag, a setting or this folder names, without a request. */
export async function namedProject(
  ctx: Context,
  flag: string | undefined,
): Promise<string | undefined> {
  if (flag !== undefined) return checkProjectName(flag);
  const { project, apiUrl } = ctx.settings();
  return project ?? ctx.home.projectOf(apiUrl, ctx.host.cwd);
}

export function checkProjectName(name: string): string {
  if (isProjectName(name)) return name;
  throw usageError(
    `${JSON.stringify(name)} is not a project's name`,
    'Names are 2 to 40 of a-z, 0-9 and "-", and no reserved word.',
  );
}

const FOLDER = /^(?:[A-Za-z0-9][A-Za-z0-9._~-]*\/)*$/;

/**
 * The start of the keys in a folder, with its slash; empty for all.
 *
 * @throws a usage error for anything that no key can begin with
 */
export function checkFolder(folder: string): string {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  if (prefix.length <= MAX_NAME_LENGTH && FOLDER.test(prefix)) return prefix;
  throw usageError(
    `${JSON.stringify(printable(folder).slice(0, 200))} is not a folder`,
    'Give the beginning of names, up to a slash: users/42/',
  );
}

/**
 * Images as the person named them, each with its project. The first folder in the path of a URL is the name of a preset
 * where the project has this preset, which takes a request.
 *
 * @param offline a project whose presets are not requested
 */
export async function resolveImages(
  ctx: Context,
  named: readonly string[],
  flag: string | undefined,
  offline?: string,
): Promise<TargetImage[]> {
  const images = named.map((text) => parseImage(text, ctx.settings()));
  if (flag !== undefined) checkProjectName(flag);
  const other = images.find(({ project = flag }) => flag !== undefined && project !== flag);
  if (other !== undefined) {
    throw usageError(`${other.project}/${other.key} is not in the project of --project ${flag}`);
  }
  const missing = images.some(({ project }) => project === undefined);
  const fallback = missing ? await resolveProject(ctx, flag) : '';
  const hasPreset = createPresetLookup(ctx);
  const resolved: TargetImage[] = [];
  for (const { project = fallback, key, throughPreset } of images) {
    const isThrough =
      throughPreset !== undefined &&
      project !== offline &&
      (await hasPreset(project, throughPreset.name));
    resolved.push({ project, key: isThrough ? throughPreset.key : key });
  }
  return resolved;
}

/** Whether a project has a preset. Without a sign-in that may list them, none is known. */
function createPresetLookup(ctx: Context): (project: string, name: string) => Promise<boolean> {
  const names = new Map<string, Promise<ReadonlySet<string>>>();
  const list = async (project: string): Promise<ReadonlySet<string>> => {
    const token = await ctx.token();
    if (token === null || token.isSecretKey) return new Set();
    const api = await ctx.api();
    const { presets } = await api((client) =>
      client.GET('/v1/projects/{project}/presets', { params: { path: { project } } }),
    );
    return new Set(presets.map(({ name }) => name));
  };
  return async (project, name) => {
    const known = names.get(project) ?? list(project);
    names.set(project, known);
    return (await known).has(name);
  };
}

/** An image as the person named it; without a project where only the key was given. */
interface NamedImage {
  readonly project?: string;
  readonly key: string;
  /** Of a URL whose first folder may be a preset: the key, if the project has the preset. No image has both. */
  readonly throughPreset?: { readonly name: string; readonly key: string };
}

/**
 * Reads `key`, `project/key` or the image's whole URL, with or without token.
 *
 * @throws a usage error for anything else, and for a URL of another deployment: this one may have different
 *   images with the same names
 */
export function parseImage(
  text: string,
  { apiUrl, cdnUrl, webUrl }: Pick<Settings, 'apiUrl' | 'cdnUrl' | 'webUrl'>,
): NamedImage {
  if (!/^https?:/i.test(text)) return parseText(text);
  if (!URL.canParse(text)) throw notAnImage(text);
  const { origin, pathname } = new URL(text);
  const plain = `${origin}${pathname}`;
  const base = [cdnUrl, apiUrl, webUrl].find((known) => plain.startsWith(`${known}/`));
  if (base !== undefined) return parsePath(plain.slice(base.length + 1), plain);
  throw usageError(
    `${origin} is not the server that aura works with (${cdnUrl})`,
    'Set AURA_API_URL and AURA_CDN_URL, or give the key alone.',
  );
}

/** A key, or a generated key with its project. A name with a slash is a key: no project can be told from a folder. */
function parseText(text: string): NamedImage {
  if (isKey(text)) return { key: text };
  const address = parseImageAddress(text);
  if (address === null) throw notAnImage(text);
  return address;
}

/** The path of a URL. Its transform segment is ignored, and its extension unless a key has it. */
function parsePath(path: string, given: string): NamedImage {
  const address = parseReadPath(path);
  if (address === null) throw notAnImage(given);
  const named = { project: address.project, key: address.candidates[0].key };
  const { preset: name, candidates } = parsePresetPath(path) ?? {};
  if (name === undefined || candidates === undefined) return named;
  // A preset gives a variant, so an extension is that of the key.
  return { ...named, throughPreset: { name, key: candidates[0].key } };
}

/** Shows the text without its query, which may hold a token. */
function notAnImage(given: string): Error {
  const [shown = ''] = printable(given).split('?');
  return usageError(
    `${JSON.stringify(shown.slice(0, 200))} is not an image`,
    'Give its key (abc123xyz0-photo.jpg), project/key, or its URL.',
  );
}

interface Outcome {
  readonly status: string;
  /** What people read; the other members are for JSON. */
  readonly text: string;
  readonly [member: string]: unknown;
}

/** Does one thing to each image in turn. A failure does not stop the rest; the exit code is 1 then. */
export async function forEachImage(
  { output, host, setExit }: Context,
  images: readonly TargetImage[],
  json: boolean,
  act: (image: TargetImage) => Promise<Outcome>,
): Promise<void> {
  for (const image of images) {
    try {
      const { text, ...members } = await act(image);
      if (json) output.json({ ...image, ...members });
      else output.print(text);
    } catch (error) {
      // An error that every other image would meet too ends the command.
      const single = error instanceof CliError && error.exit === EXIT.failed;
      if (!single || host.signal.aborted || error.code === 'unreachable') throw error;
      setExit(EXIT.failed);
      const { code, message } = error;
      if (json) output.json({ ...image, status: 'failed', error: { code, message } });
      else output.note(`${image.project}/${image.key}: ${message} (${code})`);
    }
  }
}
