import type { PlainRequest, RequestFacts } from '@auraimage/http';
import type { Focus, ImageRecord, RenderTimings, VariantBody } from '@auraimage/ports';
import type { VariantFormat } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import type { Errand } from '../variants/charge.js';
import type { SeekFocus } from '../variants/focus.js';
import type { VariantMaker } from '../variants/make.js';
import { specOf, type VariantSpec, wantedFocus } from '../variants/spec.js';
import { storeFor } from '../variants/store.js';
import { bytesBody, partOf } from './body.js';
import { isNotModified } from './conditional.js';
import type { Masters } from './master.js';
import type { VariantWish } from './plan.js';
import type { CacheOutcome, Representation } from './representation.js';
import { type CacheControl, serverTiming } from './respond.js';

/** A stand-in is kept by nobody for long: the next request may get what was asked for. */
const STAND_IN_SECONDS = 60;

export interface VariantShop {
  readonly ports: EdgePorts;
  readonly masters: Masters;
  readonly maker: VariantMaker;
  readonly seekFocus: SeekFocus;
  readonly cacheControl: CacheControl;
}

/**
 * The variant that is asked for: as it is kept, else newly made. Where the engine cannot make it, the
 * next format stands in, and after the last the master.
 *
 * @param started `performance.now()` at the request's arrival
 */
export async function variantOf(
  shop: VariantShop,
  image: ImageRecord,
  wish: VariantWish,
  request: PlainRequest,
  facts: RequestFacts,
  started: number,
): Promise<Representation> {
  const { ports, maker } = shop;
  const errand = errandOf(request, facts);
  const kind = wantedFocus(image, wish);
  const focus = kind === null ? null : await shop.seekFocus(image, kind, errand);
  const spec = specOf(image, wish, focus, ports.engine.version);
  const [wanted] = spec.formats;
  for (const format of spec.formats) {
    const standsIn = format !== wanted;
    const variant = (
      name: string,
      body: VariantBody,
      outcome: CacheOutcome,
      { origin, ...steps }: StepTimes = { origin: performance.now() - started },
    ) =>
      representation(spec, format, name, {
        body,
        outcome: image.visibility === 'private' ? 'BYPASS' : outcome,
        fields: fieldsOf(shop, image, wish, focus, standsIn),
        timing: (told) => serverTiming(told, origin, steps),
      });

    const kept = await findKept(shop, spec, format);
    if (kept !== null) return variant(kept.name, kept.body, 'HIT');
    const known =
      format === wanted ? knownName(spec, format, request.headers.get('if-none-match')) : null;
    if (known !== null) return variant(known, NOTHING, 'MISS');
    const made = await maker.make(spec, format, errand);
    if (made === null) continue;
    return variant(spec.name(format, 'fast'), bytesBody(made.bytes), 'MISS', made.timings);
  }
  const master = shop.masters.of(image, started);
  return {
    ...master,
    fields: { ...fieldsOf(shop, image, wish, null, true), 'X-Aura-Fallback': 'master' },
  };
}

function errandOf(request: PlainRequest, facts: RequestFacts): Errand {
  return {
    get signal() {
      return request.signal; // costs something to make: only for those who ask
    },
    onSpent(ms) {
      facts.encodeMs = (facts.encodeMs ?? 0) + ms;
    },
  };
}

/** Milliseconds of each step; `origin`: until the bytes were at hand that the others worked on. */
type StepTimes = { readonly origin: number } & Partial<RenderTimings>;

/** Of a variant that the client has already nothing is read. */
const NOTHING = bytesBody(new Uint8Array(0));

/** What is kept of a format: the one that took more effort first. The other is then worth the effort. */
async function findKept({ ports, maker }: VariantShop, spec: VariantSpec, format: VariantFormat) {
  const { objectId, visibility } = spec.image;
  const store = storeFor(ports, visibility);
  const look = async (effort: 'fast' | 'thorough') => {
    const name = spec.name(format, effort);
    const body = await store.get(objectId, name);
    return body && { name, body };
  };
  if (format !== 'avif') return look('fast');
  const thorough = await look('thorough');
  if (thorough !== null) return thorough;
  const fast = await look('fast');
  if (fast !== null) maker.polish(spec, format);
  return fast;
}

/**
 * The variant that `If-None-Match` names, where none is kept: one name always stands for the same bytes.
 * A star names none: whether there is one shows when it is made.
 */
function knownName(spec: VariantSpec, format: VariantFormat, ifNoneMatch: string | null) {
  if (ifNoneMatch === null || ifNoneMatch.trim() === '*') return null;
  const efforts = format === 'avif' ? (['thorough', 'fast'] as const) : (['fast'] as const);
  const names = efforts.map((effort) => spec.name(format, effort));
  return names.find((name) => isNotModified(ifNoneMatch, etagOf(spec, name))) ?? null;
}

function etagOf({ image }: VariantSpec, name: string): string {
  return `"${image.sha256.slice(0, 32)}-${name}"`;
}

function representation(
  spec: VariantSpec,
  format: VariantFormat,
  name: string,
  {
    body,
    outcome,
    fields,
    timing,
  }: Pick<Representation, 'fields' | 'timing'> & {
    readonly body: VariantBody;
    readonly outcome: CacheOutcome;
  },
): Representation {
  return {
    etag: etagOf(spec, name),
    type: `image/${format}`,
    length: body.length,
    fields,
    timing,
    outcome: async () => outcome,
    read: async (range) => ({ body: partOf(body, range), outcome }),
  };
}

function fieldsOf(
  { cacheControl }: VariantShop,
  image: ImageRecord,
  wish: VariantWish,
  focus: Focus,
  standsIn: boolean,
) {
  const fields: Record<string, string> = {
    'Cache-Control': standsIn ? cacheControl(image, STAND_IN_SECONDS) : cacheControl(image),
  };
  if (wish.negotiated) fields['Vary'] = 'Accept';
  if (focus !== null) fields['X-Aura-Smart-Crop'] = 'ok';
  return fields;
}
