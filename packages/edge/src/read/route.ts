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
import { bytesBody, type FoundImage, type ImageRecord } from '@auraimage/ports';
import {
  isGeneratedKey,
  type KeyCandidate,
  parseReadPath,
  type ReadAddress,
  type ReadRefusal,
} from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { renderContextOf } from '../render/charge.js';
import { type ReadableImage, ReplacedError } from '../render/image.js';
import { authorize, authorizeByAny, isSigned } from './authorize.js';
import { cookieTokens, variedByCookie } from './cookies.js';
import { dispositionOf } from './download.js';
import { createMasterOf } from './master.js';
import { plan } from './plan.js';
import {
  type CacheControl,
  type CacheOutcome,
  createCacheControl,
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
  return parseReadPath(pathOf(target).slice(1));
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
    const { found, readable, format, maxEdge } = opened;
    const { image } = readable;
    const { segment } = address;
    const form = { query, segment, format, namesMaster: isGeneratedKey(image.key) };
    const sizes = await sizesFor(found, query, ports, options);
    const planned = step(context, 'plan', () =>
      plan(form, request.headers.get('accept'), image, { sizes, maxEdge }),
    );
    const send = (found: Representation | Unmade) =>
      step(context, 'deliver', () => {
        const sent = asDownload(found, image, query);
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
    const { readable } = await openImage(ports, address, request, query, context);
    const { image } = readable;
    const members = ['blurhash', 'width', 'height'] as const;
    return respond(request, blurhashOf(image, members, cacheControl, started), context);
  });
}

interface Opened {
  readonly found: FoundImage;
  readonly readable: ReadableImage;
  readonly format: KeyCandidate['format'];
  /** Longest side in pixels of what may be sent, which then is never the master; `null`: no limit. */
  readonly maxEdge: number | null;
}

/**
 * Returns the image after the access check has allowed the read, with its side of the derived store. This is
 * the only place that chooses a side. The row is read for every request, so a flip takes effect at its commit.
 */
async function openImage(
  ports: EdgePorts,
  { project, candidates }: ReadAddress,
  { headers }: Pick<PlainRequest, 'headers'>,
  query: URLSearchParams,
  context: RequestContext,
): Promise<Opened> {
  const { facts } = context;
  facts.isRead = true;
  const { found, format } = await step(context, 'locate', () =>
    locate(ports.images, project, candidates),
  );
  if (found === null) throw new ApiError('image_not_found');
  const { image } = found;
  facts.project = image.project;
  const tokens = query.getAll('token');
  const access = await step(context, 'authorize', () => {
    if (tokens.length > 0 || image.visibility === 'public') {
      return authorize(found, tokens, ports);
    }
    facts.usesCookies = true;
    return authorizeByAny(found, cookieTokens(headers), ports);
  });
  if (access.granted) {
    if (access.previousSecret) facts.previousSecret = true;
    if (access.recipient !== null) facts.recipient = access.recipient;
    const { masterMetadata } = found;
    const readable = { image, derived: ports.derived[image.visibility], masterMetadata };
    return { found, readable, format, maxEdge: access.maxEdge };
  }
  throw refused(access.refusal, context);
}

function refused(refusal: ReadRefusal, { facts }: RequestContext): ApiError {
  facts.refusal = refusal;
  return new ApiError(refusal === 'missing' ? 'signed_token_required' : 'serve_token_invalid');
}

/** The first candidate that exists. */
async function locate(
  images: EdgePorts['images'],
  project: string,
  candidates: ReadAddress['candidates'],
): Promise<{ found: FoundImage | null; format: KeyCandidate['format'] }> {
  for (const { key, format } of candidates) {
    const found = await images.find({ project, key });
    if (found !== null) return { found, format };
  }
  return { found: null, format: undefined };
}

/**
 * The sizes to which the variants of a read are limited; empty: any. The operator's list is for all reads. A
 * project may limit the unsigned reads of its public images; a private image has no others than signed ones.
 */
async function sizesFor(
  found: FoundImage,
  query: URLSearchParams,
  ports: EdgePorts,
  { variantSizes }: EdgeOptions,
): Promise<readonly number[]> {
  if (variantSizes.length > 0) return variantSizes;
  const isOpen = found.unsignedTransforms === 'any' || found.image.visibility === 'private';
  if (isOpen || (await isSigned(found, query.getAll('token'), ports))) return [];
  return DEFAULT_SIZES;
}

/**
 * Members of an image's record as JSON. They never change, like the master, and are cached like it.
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
    etag: `"${image.sha256}-${members.join('-')}"`,
    type: 'application/json',
    length: bytes.length,
    headers: { 'Cache-Control': cacheControl(image) },
    outcome: async () => outcome,
    read: async (range) => ({ body: partOf(bytesBody(bytes), range), outcome }),
    timing: () => serverTiming(outcome, performance.now() - started),
  };
}
