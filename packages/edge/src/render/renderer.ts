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
import { BORDER } from './border.js';
import { charged, checkBudget, type RenderContext } from './charge.js';
import { createCooldown } from './cooldown.js';
import { createFailureReports } from './failure-reports.js';
import {
  collect,
  engineOptionsOf,
  keep,
  masterError,
  type ReadableImage,
  readMaster,
  workOf,
} from './image.js';
import { type Copy, type CopyUse, copyUse, createReducedCopies, REDUCED } from './reduced.js';
import { createSingleFlight } from './single-flight.js';
import { type Making, namePrefix, type VariantSpec, withoutMaking } from './spec.js';
import { drawnWatermark } from './watermark.js';

/** Cooldown of a variant that the engine could not make, in milliseconds. */
const COOLDOWN_MS = 60_000;
/** Cooldown after a failed re-encode: no request waits for it, and it may have taken minutes. */
const REENCODE_COOLDOWN_MS = 3_600_000;
/** Most variants that wait to be re-encoded. */
const MAX_REENCODES = 1000;
/** Makings that are not re-encoded. */
const REENCODED: readonly Making[] = ['thorough', 'final'];
/** Kept variants of a large JPEG from which a reduced copy of it pays for the next ones. */
const COPY_WORTH = 6;

type Bytes = Uint8Array<ArrayBuffer>;

interface Kept {
  /** Stands for the bytes, in the `ETag`; those of a `final` variant are the first ones, and so is its name. */
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
  /** The names that a variant may have in a format; the one with the fewest bytes is first. */
  names(spec: VariantSpec, format: VariantFormat): readonly string[];
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
  options: Pick<
    EdgeOptions,
    'maxVariantsPerImage' | 'maxJoinedMs' | 'onFailure' | 'onRenderFailure'
  >,
): Renderer {
  const { maxVariantsPerImage, maxJoinedMs, onFailure } = options;
  const report = createFailureReports(options);
  const { engine, images, encodeBudget } = ports;
  const singleFlight = createSingleFlight<Rendered | null>(maxJoinedMs);
  const cooldown = createCooldown(ports.clock);
  const reencoding = new Set<string>();

  const copies = createReducedCopies(ports, options, report);

  const useOf = (spec: VariantSpec, format: VariantFormat) =>
    engine.hasFlatCost ? 'never' : copyUse(spec.source.image, spec.job(format, 'fast'));
  const makings = (spec: VariantSpec, format: VariantFormat): readonly Making[] => [
    ...(engine.thoroughFormats.has(format) ? REENCODED : []),
    ...(useOf(spec, format) === 'when_kept' ? ['copied' as const] : []),
    'fast',
  ];

  /** Only a job with the watermark of the variant makes it: there is no other. */
  async function jobOf(
    spec: VariantSpec,
    format: VariantFormat,
    effort: RenderJob['effort'],
    context: RenderContext,
  ): Promise<RenderJob> {
    const job = spec.job(format, effort);
    const { watermark, size } = spec;
    if (watermark === undefined) return job;
    const drawn = await drawnWatermark(watermark, size, engine.version, async (png) => {
      const kept = await find(png, 'png', false);
      if (kept !== null) return collect(kept.body);
      return (await render(png, 'png', context))?.bytes ?? null;
    });
    return { ...job, watermark: drawn };
  }

  /** @param copy decoded instead of the master */
  async function make(
    { source: { image } }: VariantSpec,
    wanted: RenderJob,
    name: string,
    options: WorkOptions,
    copy: Copy | null,
  ): Promise<Rendered | null> {
    const started = performance.now();
    const body = copy?.body ?? (await readMaster(ports, image));
    const origin = performance.now() - started;
    options.signal?.throwIfAborted();
    const job = copy === null ? wanted : { ...wanted, ...copy.job };
    const pixels = copy?.pixels ?? options.pixels;
    const all = pixels === undefined ? options : { ...options, pixels };
    const rendering = await engine.render(body, job, all).catch(async (error: unknown) => {
      if (options.signal?.aborted || error instanceof EngineBusyError) throw error;
      if (copy !== null) return { ok: false, code: 'render_failed' } as const;
      throw await masterError(images, image, error);
    });
    if (rendering.ok) {
      const { timings } = rendering;
      const decode = timings.decode + (copy?.ms ?? 0);
      return { name, bytes: rendering.bytes, timings: { origin, ...timings, decode } };
    }
    // A copy that is gone or broken says nothing about the master.
    if (copy !== null) return null;
    report(image, job.format, rendering);
    if (rendering.code === 'image_not_decodable') throw new ApiError('image_not_decodable');
    return null;
  }

  /**
   * Makes a variant of the copy of its master, or of the master itself. The file of a kept copy may be evicted before
   * an image process reads it: then of a new copy, or of the master.
   */
  async function ofCopy(
    source: ReadableImage,
    use: CopyUse,
    options: WorkOptions,
    makeOf: (copy: Copy | null) => Promise<Rendered | null>,
  ): Promise<Rendered | null> {
    if (use === 'never') return makeOf(null);
    const isRequired = use === 'always';
    const copy = await (isRequired ? copies.of(source, options) : copies.kept(source));
    if (copy === null && isRequired) return null;
    const made = await makeOf(copy);
    if (made !== null || copy?.body.file === undefined) return made;
    const other = isRequired ? await copies.renewed(source, options) : null;
    return other === null && isRequired ? null : makeOf(other);
  }

  /**
   * Keeps a new variant. The least recently read variants of its image beyond the limit are removed.
   *
   * @returns whether it is kept
   */
  async function keepWithinLimit(
    source: ReadableImage,
    name: string,
    bytes: Bytes,
    use: CopyUse,
  ): Promise<boolean> {
    if (!(await keep(images, source, name, bytes))) return false;
    const { image, derived } = source;
    const prefix = namePrefix(image, engine.version);
    const all = await derived.names(image.objectId, prefix);
    const names = all.filter(
      (name) => name !== prefix + REDUCED && !name.startsWith(prefix + BORDER),
    );
    if (use === 'when_kept' && !all.includes(prefix + REDUCED) && names.length >= COPY_WORTH) {
      copies.makeWhenIdle(source);
    }
    for (const excess of excessOf(names, maxVariantsPerImage)) {
      await derived.remove(image.objectId, excess, 'variants');
    }
    return true;
  }

  /** Re-encodes a variant when the engine is idle. The smallest file replaces the others. */
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
      const bodyOf = (making: Making) => derived.get(image.objectId, spec.name(format, making));
      // A request that read the first bytes before they were replaced has asked again.
      for (const making of REENCODED) if ((await bodyOf(making)) !== null) return true;
      const use = useOf(spec, format);
      const idle = { ...engineOptionsOf(image), idle: true };
      const options = {
        ...idle,
        // No estimate before: it may wait for long.
        onSpent: (ms: number) => void encodeBudget.spend(charge, ms).catch(onFailure),
      };
      const job = await jobOf(spec, format, 'thorough', OF_NOBODY);
      const made = await ofCopy(spec.source, use === 'always' ? use : 'never', idle, (copy) =>
        make(spec, job, name, options, copy),
      );
      if (made === null) return false;
      const fast = await bodyOf('fast');
      const copied = use === 'when_kept' ? await bodyOf('copied') : null;
      // Evicted in the meantime: its place belongs to others now.
      if (fast === null && copied === null) return true;
      const isSaving = (kept: DerivedBody | null) =>
        kept === null || made.bytes.length < kept.length;
      if (!isSaving(copied)) return false;
      // Some pictures do not become smaller. Keeping the first bytes under a final name prevents another try.
      const [making, bytes] =
        fast === null || isSaving(fast)
          ? (['thorough', made.bytes] as const)
          : (['final', await collect(fast)] as const);
      const isKept = await keepWithinLimit(spec.source, spec.name(format, making), bytes, use);
      if (!isKept) return false;
      for (const replaced of ['fast', 'copied'] as const) {
        await derived.remove(image.objectId, spec.name(format, replaced), 'replaced');
      }
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

  const find: Renderer['find'] = async (spec, format, isRead) => {
    const { image, derived } = spec.source;
    for (const making of makings(spec, format)) {
      const name = spec.name(format, making);
      const body = await derived.get(image.objectId, name);
      if (body === null) continue;
      const isImprovable = !REENCODED.includes(making) && engine.thoroughFormats.has(format);
      if (isRead && isImprovable) reencode(spec, format);
      return { name: making === 'final' ? spec.name(format, 'fast') : name, body };
    }
    return null;
  };

  const render: Renderer['render'] = async (spec, format, { signal, client, onSpent }) => {
    const { image } = spec.source;
    const use = useOf(spec, format);
    const id = fastId(spec, format);
    if (cooldown.isCooling(id)) return null;
    const work = workOf(spec.source, client);
    // Before others may join: they are not refused for what this client has used up.
    await checkBudget(encodeBudget, work);
    return singleFlight.run(id, signal, async (shared) => {
      const waiting = { ...engineOptionsOf(image, client), signal: shared };
      const job = await jobOf(spec, format, 'fast', { signal: shared, client, onSpent });
      const made = await ofCopy(spec.source, use, waiting, (copy) => {
        const name = spec.name(format, use === 'when_kept' && copy !== null ? 'copied' : 'fast');
        return charged(encodeBudget, work, onSpent, (onSpent) =>
          make(spec, job, name, { ...waiting, onSpent }, copy),
        );
      });
      if (made === null) cooldown.start(id, COOLDOWN_MS);
      else await keepWithinLimit(spec.source, made.name, made.bytes, use).catch(onFailure);
      return made;
    });
  };

  return {
    names: (spec, format) => makings(spec, format).map((making) => spec.name(format, making)),
    find,
    isFailing: (spec, format) => cooldown.isCooling(fastId(spec, format)),
    render,
  };
}

/** The context of work that no request waits for. */
const OF_NOBODY: RenderContext = { signal: undefined, client: '', onSpent: () => {} };

function fastId(spec: VariantSpec, format: VariantFormat): string {
  return `${spec.source.image.objectId}/${spec.name(format, 'fast')}`;
}

/**
 * The names that exceed a number of variants. A variant that is kept twice counts once.
 *
 * @param names the least recently read first
 */
function excessOf(names: readonly string[], max: number): readonly string[] {
  const newestFirst = new Set(names.toReversed().map(withoutMaking));
  const excess = new Set([...newestFirst].slice(max));
  return names.filter((name) => excess.has(withoutMaking(name)));
}
