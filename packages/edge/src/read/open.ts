import {
  ApiError,
  type PlainRequest,
  pathOf,
  type RequestContext,
  type RequestFacts,
  step,
} from '@auraimage/http';
import type { FoundImage, PresetRules, ReadBatch } from '@auraimage/ports';
import {
  andThen,
  type KeyCandidate,
  type MaybePromise,
  type NamedPreset,
  namedPreset,
  parsePresetPath,
  type ReadAddress,
  type ReadRefusal,
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

/** An address, and what of its request decides about the read. */
interface Asked extends Pick<PlainRequest, 'headers'> {
  readonly address: ReadAddress;
  /** Of the request, which may name a preset; `null` if presets do not count. */
  readonly target: string | null;
  readonly query: URLSearchParams;
  readonly context: RequestContext;
}

/**
 * Returns the image after the access check has allowed the read, with its side of the derived store. This is
 * the only place that chooses a side. The row is read for every request, so a flip takes effect at its commit.
 *
 * @throws {ApiError} or rejects with it: `image_not_found`, `signed_token_required`, `serve_token_invalid`; for a
 *   preset in the address also `transform_malformed`, `preset_not_found`, `watermark_missing`
 */
export function openImage(ports: EdgePorts, asked: Asked): MaybePromise<Opened> {
  const { address, headers, query, context } = asked;
  const { facts, batch } = context;
  facts.isRead = true;
  const locating = step(context, 'locate', () => locate(ports, address, asked));
  return andThen(locating, (located) => {
    const { found, format, named } = located;
    if (found === null) {
      facts.notFoundIn = address.project;
      throw new ApiError('image_not_found');
    }
    const { image, masterMetadata } = found;
    facts.project = image.project;
    const tokens = query.getAll('token');
    const { clock, recipients } = ports;
    const deciders = { clock, recipients, batch };
    const authorizing = step(context, 'authorize', () => {
      if (tokens.length > 0 || image.visibility === 'public') {
        return authorize(found, tokens, deciders);
      }
      facts.usesCookies = true;
      return authorizeByAny(found, cookieTokens(headers), deciders);
    });
    return andThen(authorizing, (access): MaybePromise<Opened> => {
      const readable = { image, derived: ports.derived[image.visibility], masterMetadata };
      const maxEdge = access.granted ? access.maxEdge : null;
      const opened = { found, readable, format, maxEdge, preset: null };
      if (!access.granted) {
        return openShown(ports, opened, {
          located,
          refusal: access.refusal,
          headers,
          tokens,
          context,
        });
      }
      facts.image = image.key;
      if (access.previousSecret) facts.previousSecret = true;
      if (access.recipient !== null) facts.recipient = access.recipient;
      return named === null ? opened : openNamed(ports, opened, { located, named, facts });
    });
  });
}

/** A read with a grant, through a preset. */
interface Named {
  readonly located: Located;
  readonly named: NamedPreset;
  readonly facts: RequestFacts;
}

/** Opens an image that a grant shows, through the preset that the address names. */
async function openNamed(
  ports: EdgePorts,
  opened: Opened,
  { located, named, facts }: Named,
): Promise<Opened> {
  const { project } = opened.found.image;
  const preset = await openPreset(ports, project, named, await rulesOf(ports, located));
  facts.preset = named.name;
  return { ...opened, preset };
}

/** What a read without a grant is judged by. */
interface Unsigned extends Pick<PlainRequest, 'headers'> {
  readonly located: Located;
  readonly refusal: ReadRefusal;
  /** Of the query. */
  readonly tokens: readonly string[];
  readonly context: RequestContext;
}

/**
 * Opens an image that no grant shows: only an address that names an open preset and nothing else shows it.
 *
 * @throws {ApiError} `signed_token_required`, `serve_token_invalid`
 */
async function openShown(
  ports: EdgePorts,
  opened: Opened,
  { located, refusal, headers, tokens, context }: Unsigned,
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

/** The rules of the preset that an address names; `null` if the project has no such preset. */
async function rulesOf(
  { presets }: EdgePorts,
  { found, named, rules }: Located,
): Promise<PresetRules | null> {
  if (rules !== null || found === null || named === null) return rules;
  return presets.find(found.image.project, named.name);
}

/** The error of a refused read. Stores the reason in the request's facts. */
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
function locate(ports: EdgePorts, address: ReadAddress, asked: Asked): MaybePromise<Located> {
  const { target, query, context } = asked;
  const { project, preset } = address;
  const rulesFound = preset === undefined ? null : ports.presets.find(project, preset);
  return andThen(rulesFound, (rules) => {
    if (preset !== undefined && rules === null) return NOTHING;
    return andThen(firstOf(ports, address, context.batch), (first) => {
      if (first !== null) {
        const { found, format } = first;
        const named = target === null ? null : namedPreset(address, format, query);
        // Not `...first`: V8 makes a new shape for each spread that is followed by other members.
        return { found, format, named, rules };
      }
      if (target === null || preset !== undefined) return NOTHING;
      const other = parsePresetPath(pathOf(target).slice(1));
      return other === null ? NOTHING : locate(ports, other, asked);
    });
  });
}

/** The image of the first candidate that exists. */
function firstOf(
  { images }: Pick<EdgePorts, 'images'>,
  { project, candidates }: ReadAddress,
  batch: ReadBatch | undefined,
): MaybePromise<Pick<Located, 'found' | 'format'> | null> {
  const firstFrom = (index: number): ReturnType<typeof firstOf> => {
    const candidate = candidates[index];
    if (candidate === undefined) return null;
    const { key, format } = candidate;
    return andThen(images.find({ project, key }, batch), (found) =>
      found === null ? firstFrom(index + 1) : { found, format },
    );
  };
  return firstFrom(0);
}

const NOTHING: Located = { found: null, format: undefined, named: null, rules: null };
