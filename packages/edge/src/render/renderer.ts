import { ApiError } from '@auraimage/http';
import {
  type DerivedBody,
  EngineBusyError,
  type RenderJob,
  type RenderTimings,
  type WorkOptions,
} from '@auraimage/ports';
import type { VariantFormat } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { charged, checkBudget, type RenderContext } from './charge.js';
import {
  collect,
  engineOptionsOf,
  keep,
  masterError,
  type ReadableImage,
  readMaster,
  workOf,
} from './image.js';
import { createSingleFlight } from './single-flight.js';
import { type Effort, namePrefix, type VariantSpec, withoutEffort } from './spec.js';

/** Cooldown of a variant that the engine could not make, in milliseconds. */
const COOLDOWN_MS = 60_000;
/** Cooldown after a failed re-encode: no request waits for it, and it may have taken minutes. */
const REENCODE_COOLDOWN_MS = 3_600_000;
const MAX_COOLING = 10_000;
/** Most variants that wait to be re-encoded. */
const MAX_REENCODES = 1000;

type Bytes = Uint8Array<ArrayBuffer>;

interface Kept {
  readonly name: string;
  readonly body: DerivedBody;
}

interface Rendered {
  readonly name: string;
  readonly bytes: Bytes;
  /** Milliseconds of each step; `origin`: reading the master. */
  readonly timings: RenderTimings & { readonly origin: number };
}

/**
 * Makes variants and keeps them. A format with two efforts is made fast first. When the variant is read
 * again it is re-encoded with more effort while the engine is idle, and the smaller file is kept.
 */
export interface Renderer {
  /** The efforts of a format; the slower one, which gives fewer bytes, is first. */
  efforts(format: VariantFormat): readonly Effort[];
  /**
   * The smallest kept bytes of a format; `null` if there are none.
   *
   * @param isRead whether they are sent: only then they are worth a re-encode
   */
  find(spec: VariantSpec, format: VariantFormat, isRead: boolean): Promise<Kept | null>;
  /** Whether the engine could not make it a moment ago, so that `render` does not try. */
  isFailing(spec: VariantSpec, format: VariantFormat): boolean;
  /**
   * Makes one format and keeps it; `null` if the engine cannot. Concurrent calls for the same variant share
   * the work, which is charged to the first caller.
   *
   * @throws {ApiError} `image_not_decodable` for a broken master, `encode_limit`
   * @throws {EngineBusyError}
   */
  render(
    spec: VariantSpec,
    format: VariantFormat,
    context: RenderContext,
  ): Promise<Rendered | null>;
}

type Ports = Pick<EdgePorts, 'objects' | 'images' | 'engine' | 'encodeBudget' | 'clock'>;

export function createRenderer(
  ports: Ports,
  { maxVariantsPerImage, onFailure }: Pick<EdgeOptions, 'maxVariantsPerImage' | 'onFailure'>,
): Renderer {
  const { engine, images, encodeBudget } = ports;
  const singleFlight = createSingleFlight<Rendered | null>();
  const cooldown = createCooldown(ports.clock);
  const reencoding = new Set<string>();

  const efforts = (format: VariantFormat): readonly Effort[] =>
    engine.thoroughFormats.has(format) ? TWO_EFFORTS : ONE_EFFORT;

  async function make(
    { source: { image } }: VariantSpec,
    job: RenderJob,
    name: string,
    options: WorkOptions,
  ): Promise<Rendered | null> {
    const started = performance.now();
    const body = await readMaster(ports, image);
    const origin = performance.now() - started;
    options.signal?.throwIfAborted();
    const rendering = await engine.render(body, job, options).catch(async (error: unknown) => {
      if (options.signal?.aborted || error instanceof EngineBusyError) throw error;
      throw await masterError(images, image, error);
    });
    if (rendering.ok) {
      return { name, bytes: rendering.bytes, timings: { origin, ...rendering.timings } };
    }
    if (rendering.code === 'image_not_decodable') throw new ApiError('image_not_decodable');
    return null;
  }

  /** Keeps a new variant. The least recently read variants of its image beyond the limit are removed. */
  async function keepWithinLimit(source: ReadableImage, name: string, bytes: Bytes): Promise<void> {
    if (!(await keep(images, source, name, bytes))) return;
    const { image, derived } = source;
    const names = await derived.names(image.objectId, namePrefix(image, engine.version));
    for (const excess of excessOf(names, maxVariantsPerImage)) {
      await derived.remove(image.objectId, excess, 'variants');
    }
  }

  /** Re-encodes a variant when the engine is idle. The smaller file replaces both. */
  function reencode(spec: VariantSpec, format: VariantFormat): void {
    const { image, derived } = spec.source;
    const name = spec.name(format, 'thorough');
    const id = `${image.objectId}/${name}`;
    if (reencoding.has(id) || reencoding.size >= MAX_REENCODES || cooldown.isCooling(id)) return;
    reencoding.add(id);
    const work = async (): Promise<boolean> => {
      // All re-encodes of a project count as one client: they leave most of its time to requests.
      const charge = { project: image.project, client: '', signed: false };
      // A later read asks again.
      if ((await encodeBudget.check(charge)) !== null) return true;
      const made = await make(spec, spec.job(format, 'thorough'), name, {
        ...engineOptionsOf(image),
        idle: true,
        // No estimate before: it may wait for long.
        onSpent: (ms) => void encodeBudget.spend(charge, ms).catch(onFailure),
      });
      if (made === null) return false;
      const fastName = spec.name(format, 'fast');
      const fast = await derived.get(image.objectId, fastName);
      // Some pictures do not become smaller. Keeping the bytes under the final name prevents another try.
      const isSmaller = fast === null || made.bytes.length < fast.length;
      const bytes = isSmaller ? made.bytes : await collect(fast);
      if (!(await keep(images, spec.source, name, bytes))) return false;
      await derived.remove(image.objectId, fastName, 'replaced');
      return true;
    };
    work()
      .catch((failure: unknown) => {
        if (!(failure instanceof EngineBusyError)) onFailure(failure);
        return false;
      })
      .then((isDone) => {
        reencoding.delete(id);
        if (!isDone) cooldown.start(id, REENCODE_COOLDOWN_MS);
      });
  }

  return {
    efforts,

    async find(spec, format, isRead) {
      const { image, derived } = spec.source;
      for (const effort of efforts(format)) {
        const name = spec.name(format, effort);
        const body = await derived.get(image.objectId, name);
        if (body === null) continue;
        const isImprovable = effort === 'fast' && engine.thoroughFormats.has(format);
        if (isRead && isImprovable) reencode(spec, format);
        return { name, body };
      }
      return null;
    },

    isFailing: (spec, format) => cooldown.isCooling(fastId(spec, format)),

    async render(spec, format, { signal, client, onSpent }) {
      const { image } = spec.source;
      const name = spec.name(format, 'fast');
      const id = fastId(spec, format);
      if (cooldown.isCooling(id)) return null;
      const work = workOf(image, client);
      // Before others may join: they are not refused for what this client has used up.
      await checkBudget(encodeBudget, work);
      return singleFlight.run(id, signal, async (shared) => {
        const made = await charged(encodeBudget, work, onSpent, (onSpent) => {
          const options = { ...engineOptionsOf(image, client), signal: shared, onSpent };
          return make(spec, spec.job(format, 'fast'), name, options);
        });
        if (made === null) cooldown.start(id, COOLDOWN_MS);
        else await keepWithinLimit(spec.source, name, made.bytes).catch(onFailure);
        return made;
      });
    },
  };
}

function fastId(spec: VariantSpec, format: VariantFormat): string {
  return `${spec.source.image.objectId}/${spec.name(format, 'fast')}`;
}

const ONE_EFFORT: readonly Effort[] = ['fast'];
const TWO_EFFORTS: readonly Effort[] = ['thorough', 'fast'];

/**
 * The names that exceed a number of variants. The efforts of a variant count once.
 *
 * @param names the least recently read first
 */
function excessOf(names: readonly string[], max: number): readonly string[] {
  const newestFirst = new Set(names.toReversed().map(withoutEffort));
  const excess = new Set([...newestFirst].slice(max));
  return names.filter((name) => excess.has(withoutEffort(name)));
}

/** Remembers failed variants during their cooldown, at most {@link MAX_COOLING} of them. */
function createCooldown(clock: Ports['clock']) {
  const until = new Map<string, number>();
  return {
    isCooling: (id: string): boolean => (until.get(id) ?? 0) > clock.now(),
    start(id: string, ms: number): void {
      if (until.size >= MAX_COOLING) until.clear();
      until.set(id, clock.now() + ms);
    },
  };
}
