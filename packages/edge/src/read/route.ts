import {
  type Answer,
  answerError,
  checkTarget,
  type PlainRequest,
  pathOf,
  queryOf,
  type RequestContext,
  step,
  toApiError,
} from '@auraimage/http';
import { bytesBody, type ImageRecord } from '@auraimage/ports';
import {
  andThen,
  isGeneratedKey,
  type MaybePromise,
  parsePresetPath,
  parseReadPath,
  type ReadAddress,
} from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { renderContextOf } from '../render/charge.js';
import { type ReadableImage, ReplacedError } from '../render/image.js';
import { isSigned } from './authorize.js';
import { variedByCookie } from './cookies.js';
import { dispositionOf } from './download.js';
import { createMasterOf } from './master.js';
import { type Opened, openImage, refused } from './open.js';
import { type Limits, plan, planPreset } from './plan.js';
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
) => MaybePromise<Answer>;

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
  const masterOf = createMasterOf(ports, options, cacheControl);
  const strippedOf = createStrippedOf(ports, options, cacheControl);
  const sentMasterOf: SentMasterOf = async (readable, request, work, started) =>
    readable.masterMetadata === 'remove'
      ? strippedOf(readable, request, work, started)
      : masterOf(readable, started);
  const variantOf = createVariantOf(ports, options, { sentMasterOf, strippedOf }, cacheControl);
  const limitsOf = createLimitsOf(ports, options);
  /** Decides what to send of an image that may be read, and makes it. */
  const represent = (
    { readable, format, maxEdge, preset }: Opened,
    limits: Limits,
    { request, address: { segment }, query, context, started }: Reading,
  ): MaybePromise<Representation | Unmade> => {
    const { image } = readable;
    const form = { query, segment, format, namesMaster: isGeneratedKey(image.key) };
    const accept = request.headers.get('accept');
    const planned = step(context, 'plan', () =>
      preset === null
        ? plan(form, accept, image, limits)
        : planPreset(preset, accept, image, limits),
    );
    switch (planned.kind) {
      case 'blurhash':
        return blurhashOf(image, ['blurhash'], cacheControl, started);
      case 'master': {
        if (maxEdge !== null) throw refused('above_ceiling', context);
        const isWhole = planned.metadata === 'kept' && readable.masterMetadata === 'keep';
        if (isWhole) return masterOf(readable, started);
        return strippedOf(readable, request, renderContextOf(request, context), started);
      }
      case 'variant': {
        const work = renderContextOf(request, context);
        return step(context, 'variant', () =>
          variantOf(readable, planned.requested, request, work, started),
        );
      }
    }
  };
  return answering((request, address, context) => {
    context.facts.route = READ_PATH;
    checkTarget(request.target);
    const query = queryOf(request.target);
    const reading = { request, address, query, context, started: performance.now() };
    const { headers, target } = request;
    return andThen(openImage(ports, { address, headers, target, query, context }), (opened) =>
      andThen(limitsOf(opened, reading), (limits) =>
        andThen(represent(opened, limits, reading), (found) =>
          deliver(found, opened.readable, reading),
        ),
      ),
    );
  });
}

/** A read that is being answered. */
interface Reading {
  readonly request: PlainRequest;
  readonly address: ReadAddress;
  readonly query: URLSearchParams;
  readonly context: RequestContext;
  /** `performance.now()` at its start. */
  readonly started: number;
}

function deliver(
  found: Representation | Unmade,
  { image, byOpenPreset }: ReadableImage,
  { request, query, context }: Reading,
): MaybePromise<Answer> {
  return step(context, 'deliver', () => {
    // Without a token, the name of the uploaded file is nobody's business.
    const shown = byOpenPreset === true ? { ...image, fileName: null } : image;
    const sent = asDownload(found, shown, query);
    return sent.etag === null ? respondUnmade(sent, context) : respond(request, sent, context);
  });
}

/** Turns errors into responses, and adds to every response what it depended on. */
function answering(serve: Read): Read {
  const read = (
    request: PlainRequest,
    address: ReadAddress,
    context: RequestContext,
    attempt = 1,
  ): MaybePromise<Answer> => {
    const finish = (answer: Answer) =>
      context.facts.usesCookies === true ? variedByCookie(answer) : answer;
    const fail = (error: unknown): MaybePromise<Answer> => {
      // The object went with the bytes that the row named before: the row names others now.
      if (error instanceof ReplacedError && attempt < ATTEMPTS)
        return read(request, address, { ...context, batch: undefined }, attempt + 1);
      return finish(answerError(context, 'anyone', toApiError(error)));
    };
    try {
      const answered = serve(request, address, context);
      return answered instanceof Promise ? answered.then(finish).catch(fail) : finish(answered);
    } catch (error) {
      return fail(error);
    }
  };
  return read;
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
  return answering((request, address, context) => {
    const started = performance.now();
    const query = queryOf(request.target);
    const { headers } = request;
    const members = ['blurhash', 'width', 'height'] as const;
    return andThen(
      openImage(ports, { address, headers, target: null, query, context }),
      ({ readable: { image } }) =>
        respond(request, blurhashOf(image, members, cacheControl, started), context),
    );
  });
}

/**
 * What limits the variants of a read. The operator's list of sizes is for all reads. A project may limit the unsigned
 * reads of its public images; a private image has no others than signed ones and those by open presets.
 */
function createLimitsOf({ clock, recipients }: EdgePorts, options: EdgeOptions) {
  return (
    { found, maxEdge, preset }: Opened,
    { query, context: { batch } }: Pick<Reading, 'query' | 'context'>,
  ): MaybePromise<Limits> => {
    const { variantSizes } = options;
    const { unsignedTransforms, image } = found;
    const isListed = unsignedTransforms === 'listed' && variantSizes.length === 0;
    const isOpen = preset !== null || image.visibility === 'private';
    const mayBeLimited = (isListed || unsignedTransforms === 'presets') && !isOpen;
    if (!mayBeLimited) return { sizes: variantSizes, maxEdge, presetsOnly: false };
    const deciders = { clock, recipients, batch };
    return andThen(isSigned(found, query.getAll('token'), deciders), (signed) => ({
      sizes: !signed && isListed ? DEFAULT_SIZES : variantSizes,
      maxEdge,
      presetsOnly: !signed && unsignedTransforms === 'presets',
    }));
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
    outcome: () => outcome,
    read: (range) => ({ body: partOf(bytesBody(bytes), range), outcome }),
    timing: () => serverTiming(outcome, performance.now() - started),
  };
}
