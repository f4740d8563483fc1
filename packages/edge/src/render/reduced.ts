import { ApiError } from '@auraimage/http';
import {
  bytesBody,
  type EncodeWork,
  EngineBusyError,
  type ImageRecord,
  type ObjectBody,
  type RenderJob,
  type Size,
  type WorkOptions,
} from '@auraimage/ports';
import { CodedError, type MasterType } from '@auraimage/protocol';
import type { EdgePorts } from '../ports.js';
import { charged } from './charge.js';
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
import { namePrefix } from './spec.js';

/** Its name among the derived bytes of its master, behind the prefix of all versions. */
export const REDUCED = 'reduced';

/** Longest side of a copy, in pixels. */
const LONGEST = 2560;
/** How many times larger than a variant the copy is at least, so that the loss of its encoder is averaged out. */
const MARGIN = 1.25;
/** At this quality the engine keeps the full resolution of colours. */
const QUALITY = 95;
/** Highest quality of a variant that may be made of a copy. */
const MAX_QUALITY = 89;
/** Fewest pixels of a still picture that takes about 150 ms of CPU time to decode. */
const SLOW: Readonly<Partial<Record<MasterType, number>>> = {
  'image/jxl': 500_000,
  'image/heic': 1_500_000,
  'image/avif': 3_000_000,
  'image/webp': 8_000_000,
  'image/png': 8_000_000,
  'image/tiff': 8_000_000,
  'image/bmp': 8_000_000,
  'image/jpeg': 24_000_000,
};
/**
 * Fewest pixels of a JPEG of which a copy pays after some variants: its decoder shrinks while it decodes, so that each
 * variant saves a quarter of its time only.
 */
const LARGE_JPEG = 8_000_000;
/** Most variants of a master that wait for its copy. */
const MAX_WAITING = 64;

/**
 * Whether a variant is made of a reduced copy of its master: `always`, and the copy is made if it is not kept;
 * `when_kept`: of the copy if it is kept, else of the master. The bytes of both differ, so do their names.
 */
export type CopyUse = 'never' | 'always' | 'when_kept';

/**
 * A copy has no alpha, no frames, 8 bits and sRGB, like the variants that are made of it, and it is lossy: lossless
 * variants and those of high quality or size are made of the master.
 */
export function copyUse(
  image: Pick<ImageRecord, 'type' | 'width' | 'height' | 'frames' | 'hasAlpha'>,
  { scaled, format, quality }: Pick<RenderJob, 'scaled' | 'format' | 'quality'>,
): CopyUse {
  const { type, width, height, frames, hasAlpha } = image;
  if (hasAlpha || frames > 1 || quality > MAX_QUALITY) return 'never';
  if (format === 'png' || format === 'gif') return 'never';
  const copy = copySize(image);
  const isCovered = longest(scaled) * MARGIN <= longest(copy);
  if (!isCovered) return 'never';
  const pixels = width * height;
  if (pixels >= (SLOW[type] ?? Number.POSITIVE_INFINITY)) return 'always';
  return type === 'image/jpeg' && pixels >= LARGE_JPEG ? 'when_kept' : 'never';
}

function longest({ width, height }: Size): number {
  return Math.max(width, height);
}

function copySize({ width, height }: Size): Size {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}

/** All idle work of a project counts as one client, as re-encodes do. */
function idleWorkOf({ project }: ImageRecord): EncodeWork {
  return { project, client: '', signed: false };
}

/** A copy and how to decode it. */
export interface Copy {
  readonly body: ObjectBody;
  readonly type: 'image/jpeg';
  readonly pixels: number;
  /** Milliseconds that making it took; 0 if it was kept. */
  readonly ms: number;
}

/**
 * Reduced copies of masters that take long to decode. They are kept like variants, but count as none.
 */
export interface ReducedCopies {
  kept(source: ReadableImage): Promise<Copy | null>;
  /**
   * The kept copy, or a new one; `null` if the engine cannot make it. Variants that wait for the copy of one master
   * share the work, which is charged to the first.
   *
   * @param options of the variant's job
   * @throws {EngineBusyError} also if {@link MAX_WAITING} variants wait for it
   * @throws {CodedError} if the master is broken, deleted or replaced
   */
  of(source: ReadableImage, options: WorkOptions): Promise<Copy | null>;
  /** Makes a copy while the engine is idle, if none is kept. */
  makeWhenIdle(source: ReadableImage): void;
}

export function createReducedCopies(
  ports: Pick<EdgePorts, 'objects' | 'images' | 'engine' | 'encodeBudget'>,
  onFailure: (failure: unknown) => void,
): ReducedCopies {
  const { engine, images, encodeBudget } = ports;
  const singleFlight = createSingleFlight<Copy | null>();
  const waiting = new Map<string, number>();
  const idle = new Set<string>();
  const nameOf = (image: ImageRecord) => namePrefix(image, engine.version) + REDUCED;
  const copyOf = (image: ImageRecord, body: ObjectBody, ms: number): Copy => {
    const { width, height } = copySize(image);
    return { body, type: 'image/jpeg', pixels: width * height, ms };
  };

  async function kept({ image, derived }: ReadableImage): Promise<Copy | null> {
    const body = await derived.get(image.objectId, nameOf(image));
    // As bytes: image processes open no file of the cache, and an evicted one would be missing.
    return body === null ? null : copyOf(image, bytesBody(await collect(body)), 0);
  }

  async function make(
    source: ReadableImage,
    options: WorkOptions,
    signal: AbortSignal,
  ): Promise<Copy | null> {
    const found = await kept(source);
    if (found !== null) return found;
    const started = performance.now();
    const { image } = source;
    const job: RenderJob = {
      type: image.type,
      scaled: copySize(image),
      format: 'jpeg',
      quality: QUALITY,
      effort: 'fast',
    };
    const render = async (onSpent: (ms: number) => void) => {
      const body = await readMaster(ports, image);
      signal.throwIfAborted();
      return engine.render(body, job, { ...options, signal, onSpent });
    };
    const work = options.idle ? idleWorkOf(image) : workOf(image, options.client ?? '');
    // No estimate before idle work: it may wait for long.
    const rendered = options.idle
      ? render((ms) => void encodeBudget.spend(work, ms).catch(onFailure))
      : charged(encodeBudget, work, () => {}, render);
    const rendering = await rendered.catch(async (error: unknown) => {
      if (signal.aborted || error instanceof CodedError) throw error;
      throw await masterError(images, image, error);
    });
    if (!rendering.ok) {
      if (rendering.code === 'image_not_decodable') throw new ApiError('image_not_decodable');
      return null;
    }
    await keep(images, source, nameOf(image), rendering.bytes).catch(onFailure);
    return copyOf(image, bytesBody(rendering.bytes), performance.now() - started);
  }

  async function of(source: ReadableImage, options: WorkOptions): Promise<Copy | null> {
    const found = await kept(source);
    if (found !== null) return found;
    // A request must not wait for work that waits until the engine is idle.
    const id = `${source.image.objectId}/${nameOf(source.image)}/${options.idle ?? false}`;
    const others = waiting.get(id) ?? 0;
    if (others >= MAX_WAITING) throw new EngineBusyError();
    waiting.set(id, others + 1);
    try {
      const signal = options.signal ?? new AbortController().signal;
      return await singleFlight.run(id, signal, (shared) => make(source, options, shared));
    } finally {
      const left = (waiting.get(id) ?? 1) - 1;
      if (left === 0) waiting.delete(id);
      else waiting.set(id, left);
    }
  }

  return {
    kept,
    of,
    makeWhenIdle(source) {
      const { image } = source;
      if (idle.size >= MAX_WAITING || idle.has(image.objectId)) return;
      idle.add(image.objectId);
      const work = async () => {
        if ((await encodeBudget.check(idleWorkOf(image))) !== null) return;
        await of(source, { ...engineOptionsOf(image), idle: true });
      };
      work()
        .catch((failure: unknown) => {
          if (!(failure instanceof EngineBusyError)) onFailure(failure);
        })
        .finally(() => idle.delete(image.objectId));
    },
  };
}
