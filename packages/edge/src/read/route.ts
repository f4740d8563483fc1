import {
  type Answer,
  ApiError,
  answerError,
  checkTarget,
  type PlainRequest,
  pathOf,
  queryOf,
  type RequestContext,
  step,
  toApiError,
} from '@auraimage/http';
import { bytesBody, type FoundImage, type ImageRecord, type PresetRules } from '@auraimage/ports';
import {
  isGeneratedKey,
  type KeyCandidate,
  type NamedPreset,
  namedPreset,
  parsePresetPath,
  parseReadPath,
  type ReadAddress,
  type ReadRefusal,
} from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { renderContextOf } from '../render/charge.js';
import { type ReadableImage, ReplacedError } from '../render/image.js';
import { authorize, authorizeByAny, isShownBy, isSigned } from './authorize.js';
import { cookieTokens, hasForeignTokens, variedByCookie } from './cookies.js';
import { dispositionOf } from './download.js';
import { createMasterOf } from './master.js';
import { type Limits, plan, planPreset } from './plan.js';
import { type OpenedPreset, openPreset } from './preset.js';
import {
  type CacheControl,
  type CacheOutcome,
  createCacheControl,
  entityTag,
  partOf,
  type Representation,
  respond,
  respondUnmade,
  serverTiming,
  type Unmade,
} from './respond.js';
import { DEFAULT_SIZES } from './sizes.js';
import { createStrippedOf } from './stripped.js';
import { createVariantOf, type SentMasterOf } from './variant.js';

/** The path pattern of a read, as a label of metrics. */
const READ_PATH = '/{project}/{key}';

/** Responds to a read of the image at an address. */
export type Read = (
  request: PlainRequest,
  address: ReadAddress,
  context: RequestContext,
) => Promise<Answer>;

/**
 * The address of the image that a request reads, or `null` for any other request. No other path of the server
 * has the form of an image's.
 *
 * @param target path and query, without decoding
 *
 * @example
 * readAddress('GET', '/my-app/w=400/users/42/avatar.webp?token=…');
 * // { project: 'my-app', segment: 'w=400', candidates: [{ key: 'users/42/avatar', format: 'webp' }] }
 */
export function readAddress(method: string, target: string): ReadAddress | null {
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead || !target.startsWith('/')) return null;
  return parseAddress(pathOf(target).slice(1));
}

/** The address of a path without its first slash. One that names no key may name a preset and a key. */
export function parseAddress(path: string): ReadAddress | null {
  return parseReadPath(path) ?? parsePresetPath(path);
}

/**
 * `GET|HEAD /{project}/[segment/]{key}[.ext]`: locate → authorize → plan → master or variant → respond. Never
 * rejects: errors become error responses.
 */
export function createRead(ports: EdgePorts, options: EdgeOptions): Read {
  const cacheControl = createCacheControl(options.sharedMaxAgeSeconds);
  const masterOf = createMasterOf(ports, cacheControl);
  const strippedOf = createStrippedOf(ports, options, cacheControl);
  const sentMasterOf: SentMasterOf = async (readable, request, work, started) =>
    readable.masterMetadata === 'remove'
      ? strippedOf(readable, request, work, started)
      : masterOf(readable, started);
  const variantOf = createVariantOf(ports, options, { sentMasterOf, strippedOf }, cacheControl);
  const serve: Read = async (request, address, context) => {
    context.facts.route = READ_PATH;
    checkTarget(request.target);
    const started = performance.now();
    const query = queryOf(request.target);
    const opened = await openImage(ports, address, request, query, context);
    const { readable, format, maxEdge, preset } = opened;
    const { image } = readable;
    const { segment } = address;
    const form = { query, segment, format, namesMaster: isGeneratedKey(image.key) };
    const accept = request.headers.get('accept');
    const limits = await limitsFor(opened, query, ports, options);
    const planned = step(context, 'plan', () =>
      preset === null
        ? plan(form, accept, image, limits)
        : planPreset(preset, accept, image, limits),
    );
    const send = (found: Representation | Unmade) =>
      step(context, 'deliver', () => {
        // Without a token, the name of the uploaded file is nobody's business.
        const shown = readable.byOpenPreset === true ? { ...image, fileName: null } : image;
        const sent = asDownload(found, shown, query);
        return sent.etag === null ? respondUnmade(sent, context) : respond(request, sent, context);
      });
    switch (planned.kind) {
      case 'blurhash':
        return send(blurhashOf(image, ['blurhash'], cacheControl, started));
      case 'master': {
        if (maxEdge !== null) throw refused('above_ceiling', context);
        const isWhole = planned.metadata === 'kept' && readable.masterMetadata === 'keep';
        if (isWhole) return send(masterOf(readable, started));
        const work = renderContextOf(request, context);
        return send(await strippedOf(readable, request, work, started));
      }
      case 'variant': {
        const work = renderContextOf(request, context);
        return send(
          await step(context, 'variant', () =>
            variantOf(readable, planned.requested, request, work, started),
          ),
        );
      }
    }
  };
  return answering(serve);
}

/** Turns errors into responses, and adds to every response what it depended on. */
function answering(serve: Read): Read {
  return async (request, address, context) => {
    let answer: Answer | undefined;
    for (let attempt = 1; answer === undefined; attempt++) {
      try {
        answer = await serve(request, address, context);
      } catch (error) {
        // The object went with the bytes that the row named before: the row names others now.
        if (error instanceof ReplacedError && attempt < ATTEMPTS) continue;
        answer = answerError(context, 'anyone', toApiError(error));
      }
    }
    return context.facts.usesCookies === true ? variedByCookie(answer) : answer;
  };
}

/** An image that is replaced again and again in the midst of a read is unavailable. */
const ATTEMPTS = 3;

/** With `?download`, browsers save the response. Errors and the blurhash stay as they are. */
function asDownload<Found extends Representation | Unmade>(
  found: Found,
  image: ImageRecord,
  query: URLSearchParams,
): Found {
  const name = query.get('download');
  if (name === null || !found.type.startsWith('image/')) return found;
  const disposition = dispositionOf(image, found.type, name);
  return { ...found, headers: { ...found.headers, 'Content-Disposition': disposition } };
}

/** `GET|HEAD /v1/blurhash/{project}/{key}`, behind the same access check. */
export function createReadBlurhash(ports: EdgePorts, options: EdgeOptions): Read {
  const cacheControl = createCacheControl(options.sharedMaxAgeSeconds);
  return answering(async (request, address, context) => {
    const started = performance.now();
    const query = queryOf(request.target);
    const { headers } = request;
    const { readable } = await openImage(ports, address, { headers, target: null }, query, context);
    const { image } = readable;
    const members = ['blurhash', 'width', 'height'] as const;
    return respond(request, blurhashOf(image, members, cacheControl, started), context);
  });
}

interface Opened extends Pick<Limits, 'maxEdge'> {
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
async function openImage(
  ports: EdgePorts,
  address: ReadAddress,
  { headers, target }: Pick<PlainRequest, 'headers'> & { readonly target: string | null },
  query: URLSearchParams,
  context: RequestContext,
): Promise<Opened> {
  const { facts } = context;
  facts.isRead = true;
  const located = await step(context, 'locate', () => locate(ports, address, target, query));
  const { found, format, named } = located;
  if (found === null) {
    facts.notFoundIn = address.project;
    throw new ApiError('image_not_found');
  }
  const { image, masterMetadata } = found;
  facts.project = image.project;
  const tokens = query.getAll('token');
  const access = await step(context, 'authorize', () => {
    if (tokens.length > 0 || image.visibility === 'public') {
      return authorize(found, tokens, ports);
    }
    facts.usesCookies = true;
    return authorizeByAny(found, cookieTokens(headers), ports);
  });
  const readable = { image, derived: ports.derived[image.visibility], masterMetadata };
  if (access.granted) {
    facts.image = image.key;
    if (access.previousSecret) facts.previousSecret = true;
    if (access.recipient !== null) facts.recipient = access.recipient;
    const { maxEdge } = access;
    const preset =
      named && (await openPreset(ports, image.project, named, await rulesOf(ports, located)));
    if (named !== null) facts.preset = named.name;
    return { found, readable, format, maxEdge, preset };
  }
  // Only an address that names a preset and nothing else may be shown by it.
  const shown = named !== null && named.problem === null ? await rulesOf(ports, located) : null;
  if (named === null || !isShownBy(shown, tokens)) {
    const isBare = access.refusal === 'missing';
    throw refused(isBare ? reasonWithoutToken(headers, shown) : access.refusal, context);
  }
  facts.image = image.key;
  facts.preset = named.name;
  const preset = await openPreset(ports, image.project, named, shown);
  return { found, readable: { ...readable, byOpenPreset: true }, format, maxEdge: null, preset };
}

/** The rules of the preset that an address names; `null` if the project has no such preset. */
async function rulesOf(
  { presets }: EdgePorts,
  { found, named, rules }: Located,
): Promise<PresetRules | null> {
  if (rules !== null || found === null || named === null) return rules;
  return presets.find(found.image.project, named.name);
}

function refused(refusal: ReadRefusal, { facts }: RequestContext): ApiError {
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
async function locate(
  ports: EdgePorts,
  address: ReadAddress,
  target: string | null,
  query: URLSearchParams,
): Promise<Located> {
  const { images, presets } = ports;
  const { project, candidates, preset } = address;
  const rules = preset === undefined ? null : await presets.find(project, preset);
  if (preset !== undefined && rules === null) return NOTHING;
  for (const { key, format } of candidates) {
    const found = await images.find({ project, key });
    if (found === null) continue;
    const named = target === null ? null : namedPreset(address, format, query);
    return { found, format, named, rules };
  }
  if (target === null || preset !== undefined) return NOTHING;
  const other = parsePresetPath(pathOf(target).slice(1));
  return other === null ? NOTHING : locate(ports, other, target, query);
}

const NOTHING: Located = { found: null, format: undefined, named: null, rules: null };

/**
 * What limits the variants of a read. The operator's list of sizes is for all reads. A project may limit the unsigned
 * reads of its public images; a private image has no others than signed ones and those by open presets.
 */
async function limitsFor(
  { found, maxEdge, preset }: Opened,
  query: URLSearchParams,
  ports: EdgePorts,
  { variantSizes }: EdgeOptions,
): Promise<Limits> {
  const { unsignedTransforms, image } = found;
  const isListed = unsignedTransforms === 'listed' && variantSizes.length === 0;
  const isOpen = preset !== null || image.visibility === 'private';
  const isLimited =
    (isListed || unsignedTransforms === 'presets') &&
    !isOpen &&
    !(await isSigned(found, query.getAll('token'), ports));
  return {
    sizes: isLimited && isListed ? DEFAULT_SIZES : variantSizes,
    maxEdge,
    presetsOnly: isLimited && unsignedTransforms === 'presets',
  };
}

/**
 * Members of an image's record as JSON. They never change, like the master, and are cached like it. The entity tag says
 * nothing about the bytes of the master, like those of variants.
 *
 * @param started `performance.now()` at the request's arrival
 */
function blurhashOf(
  image: ImageRecord,
  members: readonly ('blurhash' | 'width' | 'height')[],
  cacheControl: CacheControl,
  started: number,
): Representation {
  const value = Object.fromEntries(members.map((member) => [member, image[member]]));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const outcome: CacheOutcome = image.visibility === 'private' ? 'BYPASS' : 'MISS';
  return {
    etag: entityTag(image, members.join('-')),
    type: 'application/json',
    length: bytes.length,
    headers: { 'Cache-Control': cacheControl(image) },
    outcome: async () => outcome,
    read: async (range) => ({ body: partOf(bytesBody(bytes), range), outcome }),
    timing: () => serverTiming(outcome, performance.now() - started),
  };
}
