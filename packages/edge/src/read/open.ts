import {
  ApiError,
  type PlainRequest,
  pathOf,
  type RequestContext,
  type RequestFacts,
  step,
} from '@auraimage/http';
import type { FoundImage, PresetRules, Turn } from '@auraimage/ports';
import {
  type KeyCandidate,
  type Later,
  type NamedPreset,
  namedPreset,
  parsePresetPath,
  type ReadAddress,
  type ReadRefusal,
  whenReady,
} from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { ReadableImage } from '../render/image.js';
import { authorize, authorizeByAny, isShownBy } from './authorize.js';
import { cookieTokens, hasForeignTokens } from './cookies.js';
import type { Limits } from './plan.js';
import { type OpenedPreset, openPreset } from './preset.js';

/** An image that may be read. */
export interface Opened extends Pick<Limits, 'maxEdge'> {
  readonly found: FoundImage;
  readonly readable: ReadableImage;
  readonly format: KeyCandidate['format'];
  /** The preset that the address names: nothing but what it makes of the image may be sent. */
  readonly preset: OpenedPreset | null;
}

/**
 * Returns the image after the access check has allowed the read, with its side of the derived store. This is
 * the only place that chooses a side. The row is read for every request, so a flip takes effect at its commit.
 *
 * @param target of the request, which may name a preset; `null` if presets do not count
 */
export function openImage(
  ports: EdgePorts,
  address: ReadAddress,
  { headers, target }: Pick<PlainRequest, 'headers'> & { readonly target: string | null },
  query: URLSearchParams,
  context: RequestContext,
): Later<Opened> {
  const { facts, turn } = context;
  facts.isRead = true;
  const locating = step(context, 'locate', () => locate(ports, address, target, query, turn));
  return whenReady(locating, (located) => {
    const { found } = located;
    if (found === null) {
      facts.notFoundIn = address.project;
      throw new ApiError('image_not_found');
    }
    const { image, masterMetadata } = found;
    facts.project = image.project;
    const tokens = query.getAll('token');
    const { clock, recipients } = ports;
    const deciders = { clock, recipients, turn };
    const authorizing = step(context, 'authorize', () => {
      if (tokens.length > 0 || image.visibility === 'public') {
        return authorize(found, tokens, deciders);
      }
      facts.usesCookies = true;
      return authorizeByAny(found, cookieTokens(headers), deciders);
    });
    return whenReady(authorizing, (access): Later<Opened> => {
      const readable = { image, derived: ports.derived[image.visibility], masterMetadata };
      const { format, named } = located;
      if (!access.granted) {
        const opened = { found, readable, format, maxEdge: null, preset: null };
        return openShown(ports, opened, located, access.refusal, { headers, tokens, context });
      }
      const { maxEdge, previousSecret, recipient } = access;
      facts.image = image.key;
      if (previousSecret) facts.previousSecret = true;
      if (recipient !== null) facts.recipient = recipient;
      const opened = { found, readable, format, maxEdge, preset: null };
      return named === null ? opened : openNamed(ports, opened, located, named, facts);
    });
  });
}

/** Opens an image that a grant shows, through the preset that the address names. */
async function openNamed(
  ports: EdgePorts,
  opened: Opened,
  located: Located,
  named: NamedPreset,
  facts: RequestFacts,
): Promise<Opened> {
  const { project } = opened.found.image;
  const preset = await openPreset(ports, project, named, await rulesOf(ports, located));
  facts.preset = named.name;
  return { ...opened, preset };
}

/**
 * Opens an image that no grant shows: only an address that names an open preset and nothing else shows it.
 *
 * @param tokens of the query
 * @throws {ApiError} `signed_token_required`, `serve_token_invalid`
 */
async function openShown(
  ports: EdgePorts,
  opened: Opened,
  located: Located,
  refusal: ReadRefusal,
  { headers, tokens, context }: Unsigned,
): Promise<Opened> {
  const { facts } = context;
  const { named } = located;
  const { project, key } = opened.found.image;
  const shown = named !== null && named.problem === null ? await rulesOf(ports, located) : null;
  if (named === null || !isShownBy(shown, tokens)) {
    const isBare = refusal === 'missing';
    throw refused(isBare ? reasonWithoutToken(headers, shown) : refusal, context);
  }
  facts.image = key;
  facts.preset = named.name;
  const preset = await openPreset(ports, project, named, shown);
  return { ...opened, readable: { ...opened.readable, byOpenPreset: true }, preset };
}

/** What a read without a grant is judged by. */
interface Unsigned extends Pick<PlainRequest, 'headers'> {
  readonly tokens: readonly string[];
  readonly context: RequestContext;
}

/** The rules of the preset that an address names; `null` if the project has no such preset. */
async function rulesOf(
  { presets }: EdgePorts,
  { found, named, rules }: Located,
): Promise<PresetRules | null> {
  if (rules !== null || found === null || named === null) return rules;
  return presets.find(found.image.project, named.name);
}

/** Notes why a read is refused. */
export function refused(refusal: ReadRefusal, { facts }: RequestContext): ApiError {
  facts.refusal = refusal;
  return new ApiError(WITHOUT_TOKEN.has(refusal) ? 'signed_token_required' : 'serve_token_invalid');
}

const WITHOUT_TOKEN: ReadonlySet<ReadRefusal> = new Set(['missing', 'cross_site', 'preset_closed']);

/** What to tell the owner, and not the client, about a read without a token. */
function reasonWithoutToken(
  headers: PlainRequest['headers'],
  preset: Pick<PresetRules, 'open'> | null,
): ReadRefusal {
  if (preset !== null) return 'preset_closed';
  return hasForeignTokens(headers) ? 'cross_site' : 'missing';
}

interface Located {
  readonly found: FoundImage | null;
  readonly format: KeyCandidate['format'];
  /** The preset that the address names. */
  readonly named: NamedPreset | null;
  /** Its rules, if the path names it. */
  readonly rules: PresetRules | null;
}

/**
 * The image that an address means: the first candidate that exists. A piece of the path is a preset only if the project
 * has it.
 */
function locate(
  ports: EdgePorts,
  address: ReadAddress,
  target: string | null,
  query: URLSearchParams,
  turn: Turn | undefined,
): Later<Located> {
  const { project, preset } = address;
  const rulesFound = preset === undefined ? null : ports.presets.find(project, preset);
  return whenReady(rulesFound, (rules) => {
    if (preset !== undefined && rules === null) return NOTHING;
    return whenReady(firstOf(ports, address, turn), (first) => {
      if (first !== null) {
        const { found, format } = first;
        const named = target === null ? null : namedPreset(address, format, query);
        // Not `...first`: V8 makes a new shape for each spread that is followed by other members.
        return { found, format, named, rules };
      }
      if (target === null || preset !== undefined) return NOTHING;
      const other = parsePresetPath(pathOf(target).slice(1));
      return other === null ? NOTHING : locate(ports, other, target, query, turn);
    });
  });
}

/** The image of the first candidate that exists, from the one with an index. */
function firstOf(
  ports: Pick<EdgePorts, 'images'>,
  address: ReadAddress,
  turn: Turn | undefined,
  index = 0,
): Later<Pick<Located, 'found' | 'format'> | null> {
  const { project, candidates } = address;
  const candidate = candidates[index];
  if (candidate === undefined) return null;
  const { key, format } = candidate;
  return whenReady(ports.images.find({ project, key }, turn), (found) =>
    found === null ? firstOf(ports, address, turn, index + 1) : { found, format },
  );
}

const NOTHING: Located = { found: null, format: undefined, named: null, rules: null };
