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
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { charged } from './charge.js';
import type { ReportFailure } from './failure-reports.js';
import {
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
/**
 * The JPEG of a copy. An exact one stands for the master: at its quality the engine keeps the full resolution of
 * colours. A quick one of a JPEG only saves time, and is read faster with half the resolution. `margin`: how many times
 * larger than a variant it is at least, so that the loss of its encoder is averaged out.
 */
const EXACT = { quality: 95, margin: 1.25 };
const QUICK = { quality: 89, margin: 2 };
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
  {
    trim,
    sharpen,
    scaled,
    format,
    quality,
  }: Pick<RenderJob, 'trim' | 'sharpen' | 'scaled' | 'format' | 'quality'>,
): CopyUse {
  const { type, width, height, frames, hasAlpha } = image;
  if (hasAlpha || frames > 1 || quality > MAX_QUALITY) return 'never';
  // A border is known to the pixel of the master, and sharpening doubles what the encoder of the copy lost.
  if (trim !== undefined || sharpen !== undefined) return 'never';
  if (format === 'png' || format === 'gif') return 'never';
  const isQuick = !isSlow(image);
  if (isQuick && (type !== 'image/jpeg' || width * height < LARGE_JPEG)) return 'never';
  const { margin } = isQuick ? QUICK : EXACT;
  if (longest(scaled) * margin > longest(copySize(image))) return 'never';
  return isQuick ? 'when_kept' : 'always';
}

type Picture = Pick<ImageRecord, 'type' | 'width' | 'height'>;

function isSlow({ type, width, height }: Picture): boolean {
  return width * height >= (SLOW[type] ?? Number.POSITIVE_INFINITY);
}

/** Whether the copy is as exact as can be. That of a JPEG is scaled by its decoder, as its variants would be. */
function isExact(image: Picture): boolean {
  return isSlow(image) && image.type !== 'image/jpeg';
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
  /** What it changes in the job of a variant. */
  readonly job: Pick<RenderJob, 'type' | 'copy'>;
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
  /** Like `of`, and makes a new copy in any case: the file of the kept one is gone, or cannot be read. */
  renewed(source: ReadableImage, options: WorkOptions): Promise<Copy | null>;
  /** Makes a copy while the engine is idle, if none is kept. */
  makeWhenIdle(source: ReadableImage): void;
}

export function createReducedCopies(
  ports: Pick<EdgePorts, 'objects' | 'images' | 'engine' | 'encodeBudget'>,
  { maxJoinedMs, onFailure }: Pick<EdgeOptions, 'maxJoinedMs' | 'onFailure'>,
  report: ReportFailure,
): ReducedCopies {
  const { engine, images, encodeBudget } = ports;
  const singleFlight = createSingleFlight<Copy | null>(maxJoinedMs);
  const waiting = new Map<string, number>();
  const idle = new Set<string>();
  const nameOf = (image: ImageRecord) => namePrefix(image, engine.version) + REDUCED;
  const copyOf = (image: ImageRecord, body: ObjectBody, ms: number): Copy => {
    const { width, height } = copySize(image);
    const read = isExact(image) ? ({ copy: 'read' } as const) : {};
    return { body, job: { type: 'image/jpeg', ...read }, pixels: width * height, ms };
  };

  async function kept({ image, derived }: ReadableImage): Promise<Copy | null> {
    // A message of 2 MB to an image process takes longer than the decoder saves.
    const body = await derived.get(image.objectId, nameOf(image), 'file');
    return body === null ? null : copyOf(image, body, 0);
  }

  async function make(
    source: ReadableImage,
    options: WorkOptions,
    isRenewed: boolean,
    signal: AbortSignal,
  ): Promise<Copy | null> {
    const found = isRenewed ? null : await kept(source);
    if (found !== null) return found;
    const started = performance.now();
    const { image, derived } = source;
    const job: RenderJob = {
      type: image.type,
      scaled: copySize(image),
      format: 'jpeg',
      quality: (isSlow(image) ? EXACT : QUICK).quality,
      effort: 'fast',
      ...(isExact(image) && { copy: 'made' }),
    };
    const render = async (onSpent: (ms: number) => void) => {
      const body = await readMaster(ports, image);
      signal.throwIfAborted();
      return engine.render(body, job, { ...options, signal, onSpent });
    };
    const work = options.idle ? idleWorkOf(image) : workOf(source, options.client ?? '');
    // No estimate before idle work: it may wait for long.
    const rendered = options.idle
      ? render((ms) => void encodeBudget.spend(work, ms).catch(onFailure))
      : charged(encodeBudget, work, () => {}, render);
    const rendering = await rendered.catch(async (error: unknown) => {
      if (signal.aborted || error instanceof CodedError) throw error;
      throw await masterError(images, image, error);
    });
    if (!rendering.ok) {
      report(image, job.format, rendering);
      if (rendering.code === 'image_not_decodable') throw new ApiError('image_not_decodable');
      return null;
    }
    if (isRenewed) await derived.remove(image.objectId, nameOf(image), 'stale').catch(onFailure);
    await keep(images, source, nameOf(image), rendering.bytes).catch(onFailure);
    return copyOf(image, bytesBody(rendering.bytes), performance.now() - started);
  }

  async function of(source: ReadableImage, options: WorkOptions): Promise<Copy | null> {
    return (await kept(source)) ?? made(source, options, false);
  }

  async function made(
    source: ReadableImage,
    options: WorkOptions,
    isRenewed: boolean,
  ): Promise<Copy | null> {
    const { image } = source;
    // A request must not wait for work that waits until the engine is idle.
    const id = `${image.objectId}/${nameOf(image)}/${options.idle ?? false}/${isRenewed}`;
    const others = waiting.get(id) ?? 0;
    if (others >= MAX_WAITING) throw new EngineBusyError();
    waiting.set(id, others + 1);
    try {
      return await singleFlight.run(id, options.signal, (shared) =>
        make(source, options, isRenewed, shared),
      );
    } finally {
      const left = (waiting.get(id) ?? 1) - 1;
      if (left === 0) waiting.delete(id);
      else waiting.set(id, left);
    }
  }

  return {
    kept,
    of,
    renewed: (source, options) => made(source, options, true),
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
