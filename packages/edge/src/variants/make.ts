import type { VariantFormat } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';
import type { EdgeOptions } from '../options.js';
import {
  type EdgePorts,
  EngineBusyError,
  type ImageRecord,
  type RenderJob,
  type RenderTimings,
} from '../ports.js';
import { lost, readOrigin } from '../serve/master.js';
import { createFlights } from './flights.js';
import type { VariantSpec } from './spec.js';
import { storeFor } from './store.js';

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
   * at the same time share the work.
   *
   * @throws {EdgeError} `image_not_decodable` for a broken master, `variant_limit`, `encode_limit`
   * @throws {EngineBusyError}
   */
  make(spec: VariantSpec, format: VariantFormat, signal: AbortSignal): Promise<Made | null>;
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

  /** Does the work if limits allow it. What is under way already counts as kept: many may come at once. */
  async function withinLimits<T>(
    { project, visibility, objectId }: ImageRecord,
    work: () => Promise<T>,
  ): Promise<T> {
    const ahead = underWay.get(objectId) ?? 0;
    underWay.set(objectId, ahead + 1);
    try {
      const kept = await storeFor(ports, visibility).count(objectId);
      if (kept + ahead >= maxVariantsPerImage) throw new EdgeError('variant_limit');
      const wait = await encodeBudget.wait(project);
      if (wait > 0) {
        throw new EdgeError('encode_limit', { headers: { 'Retry-After': String(wait) } });
      }
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
    options: { readonly signal: AbortSignal; readonly idle?: boolean },
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
    if (rendering.code === 'image_not_decodable') throw new EdgeError('image_not_decodable');
    return null;
  }

  /** What was made of an image that has changed meanwhile is kept for nobody. */
  async function keep({ image }: VariantSpec, name: string, bytes: Bytes): Promise<void> {
    const store = storeFor(ports, image.visibility);
    await store.set(image.objectId, name, bytes);
    const found = await ports.images.find(image);
    if (found?.image.version !== image.version) await store.remove(image.objectId, name);
  }

  return {
    async make(spec, format, signal) {
      const name = spec.name(format, 'fast');
      const id = `${spec.image.objectId}/${name}`;
      if (rests(id)) return null;
      return flights.join(id, signal, (flightSignal) =>
        withinLimits(spec.image, async () => {
          const started = performance.now();
          const made = await render(spec, spec.job(format, 'fast'), { signal: flightSignal });
          await encodeBudget.spend(spec.image.project, timeOf(made, performance.now() - started));
          if (made === null) rest(id);
          else await keep(spec, name, made.bytes).catch(onFailure);
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
        await keep(spec, spec.name(format, 'thorough'), made.bytes);
        await storeFor(ports, visibility).remove(objectId, spec.name(format, 'fast'));
      };
      work()
        .catch((failure: unknown) => {
          rest(id);
          onFailure(failure);
        })
        .finally(() => polishing.delete(id));
    },
  };
}

/** Milliseconds of the engine's work; a job that failed counts with all the time that it held a place. */
function timeOf(made: Made | null, elapsed: number): number {
  if (made === null) return elapsed;
  const { decode, resize, encode } = made.timings;
  return decode + resize + encode;
}
