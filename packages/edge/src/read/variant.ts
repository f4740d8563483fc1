import { ApiError, isNotModified, type PlainRequest } from '@auraimage/http';
import { bytesBody, type DerivedBody, type Focus, type RenderTimings } from '@auraimage/ports';
import { CodedError, type VariantFormat } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createFindBorder } from '../render/border.js';
import type { RenderContext } from '../render/charge.js';
import { createFindFocus } from '../render/focus.js';
import { bodyOfNew, type ReadableImage } from '../render/image.js';
import { createRenderer, type Renderer } from '../render/renderer.js';
import { type RequestedVariant, requiredFocus, specOf, type VariantSpec } from '../render/spec.js';
import {
  type CacheControl,
  type CacheOutcome,
  entityTag,
  partOf,
  type Representation,
  serverTiming,
  type Unmade,
} from './respond.js';
import type { StrippedOf } from './stripped.js';

/** Caches store a fallback for a short time only: the next request may get the requested format. */
const FALLBACK_SECONDS = 60;

/**
 * The requested variant, from the derived store or newly made. If the engine cannot make it, the next format is
 * the fallback, and after the last format the master, or an error where only this variant may be sent. HEAD makes
 * nothing, because a client could keep the engine busy with requests that cost it next to nothing: of a variant that is
 * not kept, it tells what is known.
 *
 * @param started `performance.now()` at the request's arrival
 */
export type VariantOf = (
  readable: ReadableImage,
  requested: RequestedVariant,
  request: PlainRequest,
  context: RenderContext,
  started: number,
) => Promise<Representation | Unmade>;

/** The master in the form that the reader may have. */
export type SentMasterOf = (
  readable: ReadableImage,
  request: PlainRequest,
  context: RenderContext,
  started: number,
) => Promise<Representation | Unmade>;

/** How masters are sent. */
export interface MasterForms {
  readonly sentMasterOf: SentMasterOf;
  readonly strippedOf: StrippedOf;
}

/** @param ports without the derived store: the image comes with the side to look in */
export function createVariantOf(
  ports: Omit<EdgePorts, 'derived'>,
  options: EdgeOptions,
  { sentMasterOf, strippedOf }: MasterForms,
  cacheControl: CacheControl,
): VariantOf {
  const renderer = createRenderer(ports, options);
  const findFocus = createFindFocus(ports, options);
  const borders = createFindBorder(ports, options);

  return async (readable, wanted, request, context, started) => {
    const { image } = readable;
    const isHead = request.method === 'HEAD';
    const { trim } = wanted;
    if (trim !== undefined && borders === null) throw notSupported('does not support "trim"');
    // HEAD searches neither for the border nor for the focus, so the name of the variant may stay unknown.
    const border =
      trim === undefined || borders === null
        ? null
        : isHead
          ? await borders.kept(readable, trim)
          : await borders.of(readable, trim, context);
    const placed = border ? { ...wanted, part: border } : wanted;
    const kind = requiredFocus(image, placed);
    const known = kind === null ? null : image.focus[kind];
    const isSought = known === undefined;
    const requested =
      isSought && findFocus === null ? { ...placed, around: kind ?? undefined } : placed;
    const isFound = !isSought || findFocus === null;
    const isNamed = !isHead || (border !== undefined && isFound);
    const focus =
      kind === null || !isNamed
        ? null
        : (known ?? (await findFocus?.(readable, kind, context)) ?? null);
    const spec = specOf(readable, requested, focus, ports.engine.version);
    const formats = makeableFormats(ports.engine, spec, requested.negotiated);
    const [best] = formats;
    const missed: CacheOutcome = image.visibility === 'private' ? 'BYPASS' : 'MISS';
    const headersOf = (isFallback: boolean, found: Focus) => {
      const headers: Record<string, string> = {
        'Cache-Control': isFallback ? cacheControl(image, FALLBACK_SECONDS) : cacheControl(image),
      };
      if (requested.negotiated) headers['Vary'] = 'Accept';
      if (found !== null) headers['X-Aura-Smart-Crop'] = 'ok';
      return headers;
    };
    /** Where the variant has more bytes than the master, and the same picture: the master without its metadata. */
    const orMaster = async (variant: Representation): Promise<Representation | Unmade> => {
      const isLarger = requested.takesMaster && spec.isWhole && variant.length > image.size;
      if (!isLarger) return variant;
      try {
        const master = await strippedOf(readable, request, context, started);
        const isSmaller = master.etag === null || master.length < variant.length;
        return isSmaller ? { ...master, headers: variant.headers } : variant;
      } catch (error) {
        if (error instanceof CodedError && NO_MASTER.has(error.code)) return variant;
        throw error;
      }
    };
    for (const format of formats) {
      const variant = (
        name: string,
        body: DerivedBody,
        source: 'HIT' | 'MISS',
        { origin, ...steps }: StepTimes = { origin: performance.now() - started },
      ): Representation => {
        const outcome = missed === 'BYPASS' ? missed : source;
        return {
          etag: etagOf(spec, name),
          type: `image/${format}`,
          length: body.length,
          headers: headersOf(format !== best, focus),
          timing: (cache) => serverTiming(cache, origin, steps),
          outcome: () => outcome,
          read: (range) => ({ body: partOf(body, range), outcome }),
        };
      };

      if (isNamed) {
        const kept = await renderer.find(spec, format, !isHead);
        if (kept !== null) return orMaster(variant(kept.name, kept.body, 'HIT'));
        const ifNoneMatch = format === best ? request.headers.get('if-none-match') : null;
        const known = knownName(renderer, spec, format, ifNoneMatch);
        if (known !== null) return variant(known, NOTHING, 'MISS');
      }
      if (isHead) {
        if (renderer.isFailing(spec, format)) continue;
        // GET makes this format, unless the encoder fails then.
        const headers = headersOf(format !== best, focus);
        const timing = (cache: CacheOutcome) => serverTiming(cache, performance.now() - started);
        return { etag: null, type: `image/${format}`, headers, timing, outcome: missed };
      }
      const made = await renderer.render(spec, format, context);
      if (made === null) continue;
      const body = await bodyOfNew(readable, made.name, made.bytes);
      return orMaster(variant(made.name, body, 'MISS', made.timings));
    }
    const { maxEdge, ofPreset = false, watermark } = requested;
    if (maxEdge !== null || ofPreset || watermark !== undefined) {
      throw new ApiError('variant_unavailable', { retryAfterSeconds: FALLBACK_SECONDS });
    }
    const master = await sentMasterOf(readable, request, context, started);
    return { ...master, headers: { ...headersOf(true, null), 'X-Aura-Fallback': 'master' } };
  };
}

/**
 * The formats that the engine can make, the best first.
 *
 * @throws {ApiError} `transform_not_supported` if there are none, or if the address names another one
 */
function makeableFormats(
  engine: EdgePorts['engine'],
  spec: VariantSpec,
  negotiated: boolean,
): readonly VariantFormat[] {
  if (engine.canRender === undefined) return spec.formats;
  const { source, watermark, formats } = spec;
  const { type, size, width, height, frames } = source.image;
  const pixels = width * height * frames;
  const master = { size, pixels, frames, hasWatermark: watermark !== undefined };
  const makeable = formats.filter((format) => engine.canRender?.(spec.job(format, 'fast'), master));
  const [best] = makeable;
  if (best === undefined) throw notSupported(`cannot make this variant of ${type}`);
  const [wanted] = formats;
  if (negotiated || best === wanted) return makeable;
  throw notSupported(`does not support "fmt=${wanted}" for this image in this size`);
}

function notSupported(what: string): ApiError {
  return new ApiError('transform_not_supported', { message: `This server ${what}` });
}

/** Milliseconds of each step; `origin`: reading the record and the bytes that the other steps use. */
type StepTimes = { readonly origin: number } & Partial<RenderTimings>;

/** Errors of the master without metadata that leave the variant. */
const NO_MASTER: ReadonlySet<string> = new Set([
  'metadata_not_removable',
  'encode_limit',
  'engine_busy',
]);

/** If the client already has the variant, its bytes are not read. */
const NOTHING = bytesBody(new Uint8Array(0));

/**
 * The variant that `If-None-Match` names, if none is kept: a name always stands for the same bytes. `*` names
 * none, because whether the variant exists is known only after it is made.
 */
function knownName(
  renderer: Renderer,
  spec: VariantSpec,
  format: VariantFormat,
  ifNoneMatch: string | null,
): string | null {
  if (ifNoneMatch === null || ifNoneMatch.trim() === '*') return null;
  return (
    renderer.names(spec, format).find((name) => isNotModified(ifNoneMatch, etagOf(spec, name))) ??
    null
  );
}

function etagOf({ source }: VariantSpec, name: string): string {
  return entityTag(source.image, name);
}
