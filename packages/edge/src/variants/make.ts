import { ApiError } from '@auraimage/http';
import {
  EngineBusyError,
  type ImageRecord,
  type RenderJob,
  type RenderTimings,
  type WorkOptions,
} from '@auraimage/ports';
import type { VariantFormat } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { collect } from '../serve/body.js';
import { lost, readOrigin } from '../serve/master.js';
import { charged, type Errand } from './charge.js';
import { createFlights } from './flights.js';
import { namePrefix, type VariantSpec } from './spec.js';
import { keep, storeFor } from './store.js';

/** How long a job that failed is not tried again, in milliseconds. */
const REST_MS = 60_000;
const MAX_RESTING = 10_000;
/** Variants that wait for an idle engine at most. */
const MAX_POLISHING = 1000;

type Bytes = Uint8Array<ArrayBuffer>;

interface Made {
  readonly bytes: Bytes;
  /** Milliseconds of each step. */
  readonly timings: RenderTimings & { readonly origin: number };
}

export interface VariantMaker {
  /**
   * Makes one format of a variant and keeps it; `null` when the engine cannot. Callers who want the same
   * at the same time share the work; it is charged to the one who began.
   *
   * @throws {ApiError} `image_not_decodable` for a broken master, `variant_limit`, `encode_limit`
   * @throws {EngineBusyError}
   */
  make(spec: VariantSpec, format: VariantFormat, errand: Errand): Promise<Made | null>;
  /** Makes it again with fewer bytes when the engine has nothing else to do, and lets that replace it. */
  polish(spec: VariantSpec, format: VariantFormat): void;
}

type Ports = Pick<
  EdgePorts,
  'objects' | 'images' | 'engine' | 'cache' | 'variants' | 'encodeBudget' | 'clock'
>;

export function createVariantMaker(
  ports: Ports,
  { maxVariantsPerImage, onFailure }: Pick<EdgeOptions, 'maxVariantsPerImage' | 'onFailure'>,
): VariantMaker {
  const { engine, encodeBudget, clock } = ports;
  const flights = createFlights<Made | null>();
  const resting = new Map<string, number>();
  const polishing = new Set<string>();
  const underWay = new Map<string, number>();

  const rests = (id: string): boolean => (resting.get(id) ?? 0) > clock.now();
  const rest = (id: string): void => {
    if (resting.size >= MAX_RESTING) resting.clear();
    resting.set(id, clock.now() + REST_MS);
  };

  /** Does the work if the image's limit allows it. What is under way already counts as kept: many may come at once. */
  async function withinLimit<T>(
    { visibility, objectId, version }: ImageRecord,
    work: () => Promise<T>,
  ): Promise<T> {
    const ahead = underWay.get(objectId) ?? 0;
    underWay.set(objectId, ahead + 1);
    try {
      const prefix = namePrefix({ version }, engine.version);
      const kept = await storeFor(ports, visibility).count(objectId, prefix);
      if (kept + ahead >= maxVariantsPerImage) throw new ApiError('variant_limit');
      return await work();
    } finally {
      const left = (underWay.get(objectId) ?? 1) - 1;
      if (left > 0) underWay.set(objectId, left);
      else underWay.delete(objectId);
    }
  }

  async function render(
    { image }: VariantSpec,
    job: RenderJob,
    options: WorkOptions,
  ): Promise<Made | null> {
    const started = performance.now();
    const body = await readOrigin(ports, image);
    const origin = performance.now() - started;
    options.signal.throwIfAborted();
    const rendering = await engine.render(body, job, options).catch(async (error: unknown) => {
      if (options.signal.aborted || error instanceof EngineBusyError) throw error;
      throw await lost(ports.images, image, error);
    });
    if (rendering.ok) return { bytes: rendering.bytes, timings: { origin, ...rendering.timings } };
    if (rendering.code === 'image_not_decodable') throw new ApiError('image_not_decodable');
    return null;
  }

  const keepMade = ({ image }: VariantSpec, name: string, bytes: Bytes): Promise<boolean> =>
    keep(storeFor(ports, image.visibility), ports.images, image, name, bytes);

  return {
    async make(spec, format, { signal, onSpent }) {
      const { objectId, project } = spec.image;
      const name = spec.name(format, 'fast');
      const id = `${objectId}/${name}`;
      if (rests(id)) return null;
      return flights.join(id, signal, (flightSignal) =>
        withinLimit(spec.image, async () => {
          const options = { signal: flightSignal, owner: project };
          const work = () => render(spec, spec.job(format, 'fast'), options);
          const made = await charged(
            encodeBudget,
            project,
            { signal: flightSignal, onSpent },
            work,
            timeOf,
          );
          if (made === null) rest(id);
          else await keepMade(spec, name, made.bytes).catch(onFailure);
          return made;
        }),
      );
    },

    polish(spec, format) {
      const { objectId, visibility } = spec.image;
      const id = `${objectId}/${spec.name(format, 'thorough')}`;
      if (polishing.has(id) || polishing.size >= MAX_POLISHING || rests(id)) return;
      polishing.add(id);
      const work = async () => {
        const options = { signal: new AbortController().signal, idle: true };
        const made = await render(spec, spec.job(format, 'thorough'), options);
        if (made === null) return rest(id);
        const store = storeFor(ports, visibility);
        const fast = spec.name(format, 'fast');
        // Not every picture gains by the effort: then the first bytes stay, under the final name.
        const first = await store.get(objectId, fast);
        const gains = first === null || made.bytes.length < first.length;
        const bytes = gains ? made.bytes : await collect(first);
        if (await keepMade(spec, spec.name(format, 'thorough'), bytes)) {
          await store.remove(objectId, fast);
        } else rest(id);
      };
      work()
        .catch((failure: unknown) => {
          rest(id);
          if (!(failure instanceof EngineBusyError)) onFailure(failure);
        })
        .finally(() => polishing.delete(id));
    },
  };
}

/** Milliseconds of the engine's work. */
function timeOf(made: Made | null): number | null {
  return made && made.timings.decode + made.timings.resize + made.timings.encode;
}
