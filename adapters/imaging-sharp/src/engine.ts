import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type {
  Focus,
  Inspection,
  ObjectBody,
  Region,
  Rendering,
  SearchingImageEngine,
  StrippedMaster,
  Watermark,
  WorkOptions,
} from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { ChildFailure } from './child.js';
import { isShortBorder, isShortRender, shortPixels } from './cost.js';
import { THOROUGH_FORMATS } from './efforts.js';
import { createPool, type Place, type Pool, type RunOptions } from './pool.js';
import { inputOf, type Limits, NEEDS_BYTES, type Task } from './tasks.js';

export interface SharpEngineOptions {
  /**
   * Most pixels of a picture, or of one frame of an animation. 52 million by default. All frames of an animation
   * together may have four times as many.
   */
  readonly maxPixels?: number;
  /** Most frames or pages. 1000 by default. */
  readonly maxFrames?: number;
  /** Timeout of a job in whole seconds; six times as long for idle jobs. 20 by default. */
  readonly timeoutSeconds?: number;
  /** Most CPU time of an inspection in seconds, on systems with `/proc`. 8 by default. */
  readonly inspectCpuSeconds?: number;
  /** Child processes for ordinary jobs, each with one job at a time. 2 by default. */
  readonly concurrency?: number;
  /** Most waiting jobs of reads; one more is refused. 64 by default. */
  readonly maxWaiting?: number;
  /** Most waiting inspections. 1024 by default, because callers limit uploads themselves. */
  readonly maxWaitingUploads?: number;
  /** Most memory of a child during an ordinary job, in bytes. 1 GiB by default. */
  readonly memoryBytes?: number;
  /** Most memory during a heavy job, in bytes. 2 GiB by default. */
  readonly heavyMemoryBytes?: number;
  /**
   * Folders with the files of bodies. Where Linux has Landlock, child processes read nothing else but their own
   * code; files elsewhere are read here and sent to them. All folders by default.
   */
  readonly folders?: readonly string[];
  /** Called for every child that crashed or was killed for its time or memory. */
  readonly onIncident?: (failure: ChildFailure) => void;
}

export interface SharpEngine extends SearchingImageEngine {
  /** Ends all jobs. Resolves when every child process has exited. */
  close(): Promise<void>;
}

/** Incremented when a change of our code may change the bytes of variants. */
const OUR_VERSION = 6;

const UNDECODABLE = { ok: false, code: 'image_not_decodable' } as const;
const TOO_HEAVY = {
  ok: false,
  code: 'image_too_large',
  message: 'Decoding the image takes more memory than this server allows',
} as const;
const TOO_SLOW = { ok: false, code: 'image_too_slow' } as const;
const FAILED = { ok: false, code: 'render_failed' } as const;

/**
 * How many times the pixels of a picture all frames of an animation may have. Decoders hold one frame at a time, so
 * that it is a limit on time: four stills of the greatest size take as long.
 */
const ANIMATION_FACTOR = 4;

const GIB = 1024 ** 3;
const SHARED = { script: new URL('../dist/worker.js', import.meta.url), retireBytes: 0.4 * GIB };
/** Code of the child processes that a checkout links from outside of `node_modules`. */
const FILES = dirname(dirname(createRequire(import.meta.url).resolve('@auraimage/image-files')));
/** Priorities below the server's: the longer the jobs of a child may be, the lower. */
const NICENESS = { short: 2, ordinary: 5, heavy: 10, idle: 19 };
const IDLE_TIMEOUT_FACTOR = 6;
/** An AVIF is decoded as a whole: 49 megapixels take 800 MB. Larger ones are decoded one at a time. */
const MAX_ORDINARY_AVIF_PIXELS = 16_000_000;
/** Idle time in milliseconds after which children end. */
const [SHORT_IDLE, LONG_IDLE] = [30_000, 300_000];

/**
 * An image engine on libvips. This process decodes nothing. Child processes do; they are killed when they
 * exceed their time or memory, and end with this process. Heavy jobs, which need the most memory, run one at a
 * time in a child of their own: HEIC, large AVIF, face detection. Another child takes only short jobs, so that
 * they do not wait for long ones, whoever asks for those.
 *
 * `inspect` returns `image_too_large` for too many pixels or frames, before it decodes any, or for too much
 * memory; `image_too_slow` for too much time; `image_kind_not_supported` for a kind of file that its decoders would
 * show wrongly; and `image_not_decodable` for a file that is broken or of another type than given.
 *
 * @example
 * const engine = createSharpEngine({ maxPixels: 52_000_000 });
 * const found = await engine.inspect(body, 'image/jpeg');
 * if (found.ok) console.log(found.width, found.height, found.blurhash);
 * await engine.close();
 */
export function createSharpEngine({
  maxPixels = 52_000_000,
  maxFrames = 1000,
  timeoutSeconds = 20,
  inspectCpuSeconds = 8,
  concurrency = 2,
  maxWaiting = 64,
  maxWaitingUploads = 1024,
  memoryBytes = GIB,
  heavyMemoryBytes = 2 * GIB,
  folders = ['/'],
  onIncident,
}: SharpEngineOptions = {}): SharpEngine {
  const maxAnimationPixels = maxPixels * ANIMATION_FACTOR;
  const limits = { maxPixels, maxAnimationPixels, maxFrames };
  const shared = {
    ...SHARED,
    readable: [...folders, FILES],
    timeoutMs: timeoutSeconds * 1000,
    maxWaiting: { reader: maxWaiting, upload: maxWaitingUploads },
    niceness: NICENESS.ordinary,
    onIdle: () => idle.resume(),
    onIncident,
  };
  const ordinary = createPool({
    ...shared,
    memoryBytes,
    size: concurrency,
    shortNiceness: NICENESS.short,
    minIdle: 1,
    idleMs: LONG_IDLE,
  });
  const heavy = createPool({
    ...shared,
    memoryBytes: heavyMemoryBytes,
    niceness: NICENESS.heavy,
    size: 1,
    minIdle: 0,
    idleMs: SHORT_IDLE,
  });
  const idle: Pool = createPool({
    ...shared,
    timeoutMs: timeoutSeconds * 1000 * IDLE_TIMEOUT_FACTOR,
    memoryBytes: heavyMemoryBytes,
    niceness: NICENESS.idle,
    size: 1,
    minIdle: 0,
    idleMs: SHORT_IDLE,
    mayStart: () => ordinary.isIdle && heavy.isIdle,
    onIdle: () => {},
  });
  ordinary.warm();

  /**
   * Runs a task in a pool. A child that failed before it was ready says nothing about the file, so only renders
   * are refused then: they have a fallback.
   *
   * @param refusalOf the result when the child failed
   * @param watermark the second file of a render
   */
  async function perform<T extends Answer>(
    pool: Pool,
    body: ObjectBody,
    taskIn: (place: Place) => WithoutInput<Task>,
    options: RunOptions,
    refusalOf: (failure: ChildFailure) => T,
    watermark?: Watermark,
  ): Promise<T> {
    let task: WithoutInput<Task> | undefined;
    const prepare = async (place: Place) => {
      task = taskIn(place);
      const input = await inputOf(body, folders);
      if (watermark === undefined) return { ...task, input };
      const { body: mark, ...how } = watermark;
      return { ...task, input, watermark: { ...how, input: await inputOf(mark, folders) } };
    };
    const answer = await pool.run(prepare, options).then(
      (value) => value as T,
      (error: unknown) => {
        if (!(error instanceof ChildFailure)) throw error;
        const isSearch = task?.name === 'focus' || task?.name === 'border';
        if (isSearch && error.failure !== 'error') throw error;
        const hasFallback = task?.name === 'render' || task?.name === 'metadata';
        if (error.failure === 'start' && !hasFallback) throw error;
        return refusalOf(error);
      },
    );
    // A file that was removed in the meantime is not broken: reject.
    if (isRefusal(answer)) {
      for (const file of [body.file, watermark?.body.file]) {
        if (file !== undefined) await access(file.path);
      }
    }
    return answer;
  }

  const limitsOf = (pixels: number): Limits => ({
    maxPixels: Math.min(maxPixels, pixels),
    maxAnimationPixels: Math.min(maxAnimationPixels, pixels),
    maxFrames,
  });

  /**
   * Inspects a file in the smallest place that its header allows: first in any child that is free, the one for
   * short jobs among them. A file with more pixels than may be decoded there goes on to the next place.
   */
  async function inspect(
    body: ObjectBody,
    type: MasterType,
    options: WorkOptions,
  ): Promise<Inspection> {
    const run = runOptionsOf('upload', options);
    const cpuMs = inspectCpuSeconds * 1000;
    let inBytes = READ_BY_US.has(type);
    const inspectIn = async (pool: Pool, isShort: boolean) => {
      let [limit, place] = [Number.POSITIVE_INFINITY, 'any' as Place];
      const taskIn = (taken: Place) => {
        place = taken;
        if (pool === ordinary) limit = Math.min(limit, ordinaryPixels(type));
        if (place === 'short') limit = Math.min(limit, shortPixels(type));
        return { name: 'inspect', type, inBytes, limits: limitsOf(limit) } as const;
      };
      const options = { ...run, isShort, cpuMs };
      const look = () =>
        perform<Inspection | typeof NEEDS_BYTES>(pool, body, taskIn, options, inspectionRefusal);
      const first = await look();
      inBytes ||= first === NEEDS_BYTES;
      const second = first === NEEDS_BYTES ? await look() : first;
      const found = second === NEEDS_BYTES ? UNDECODABLE : second;
      const isTooLarge = !found.ok && found.code === 'image_too_large';
      return { found, tooLargeFor: isTooLarge && limit < maxAnimationPixels ? place : null };
    };
    if (!isHeavy(type)) {
      const first = await inspectIn(ordinary, true);
      if (first.tooLargeFor === null) return first.found;
      const second = first.tooLargeFor === 'short' ? await inspectIn(ordinary, false) : first;
      if (second.tooLargeFor === null) return second.found;
    }
    return (await inspectIn(heavy, false)).found;
  }

  return {
    version: `${libraryVersion()}-${OUR_VERSION}`,
    thoroughFormats: THOROUGH_FORMATS,
    inspect: (body, type, options = {}) => inspect(body, type, options),
    render(body, wanted, options) {
      const { watermark, ...job } = wanted;
      const { idle: whenIdle = false, pixels = Number.POSITIVE_INFINITY } = options;
      const isHeavyJob =
        isHeavy(job.type, pixels) ||
        (watermark !== undefined && isHeavy(watermark.type, watermark.pixels));
      const pool = whenIdle ? idle : isHeavyJob ? heavy : ordinary;
      const isShort = isShortRender(wanted, pixels);
      const run = { ...runOptionsOf('reader', options), isShort };
      const task = { name: 'render', job, limits } as const;
      return perform<Rendering>(
        pool,
        body,
        () => task,
        run,
        () => FAILED,
        watermark,
      );
    },
    removeMetadata(body, type, options) {
      const pool = options.idle ? idle : ordinary;
      const task = { name: 'metadata', type, inBytes: true } as const;
      // Its time depends on bytes, not on pixels: 30 MB take less than a short job may.
      const run = { ...runOptionsOf('reader', options), isShort: true };
      return perform<StrippedMaster>(
        pool,
        body,
        () => task,
        run,
        () => FAILED,
      );
    },
    findFocus(body, type, kind, options) {
      const { idle: whenIdle = false, pixels = Number.POSITIVE_INFINITY } = options;
      const pool = whenIdle ? idle : isHeavy(type, pixels) || kind === 'face' ? heavy : ordinary;
      const isShort = pixels < shortPixels(type) / 2;
      const run = { ...runOptionsOf('reader', options), isShort };
      const task = { name: 'focus', type, kind } as const;
      return perform<Focus>(
        pool,
        body,
        () => task,
        run,
        () => null,
      );
    },
    findBorder(body, type, tolerance, options) {
      const { idle: whenIdle = false, pixels = Number.POSITIVE_INFINITY } = options;
      const pool = whenIdle ? idle : isHeavy(type, pixels) ? heavy : ordinary;
      const isShort = isShortBorder(type, pixels);
      const run = { ...runOptionsOf('reader', options), isShort };
      const task = { name: 'border', type, tolerance } as const;
      return perform<Region | null>(
        pool,
        body,
        () => task,
        run,
        () => null,
      );
    },
    async close() {
      await Promise.all([ordinary.close(), heavy.close(), idle.close()]);
    },
  };
}

/** Types of which an inspection always reads bytes itself. */
const READ_BY_US: ReadonlySet<MasterType> = new Set(['image/tiff']);

type Answer = Inspection | typeof NEEDS_BYTES | Rendering | StrippedMaster | Focus | Region;
type WithoutInput<T> = T extends unknown ? Omit<T, 'input'> : never;

function isRefusal(answer: Answer): boolean {
  return typeof answer === 'object' && answer !== null && 'ok' in answer && !answer.ok;
}

function runOptionsOf(
  lane: RunOptions['lane'],
  { project = '', client = '', signal, onBegin, onSpent }: WorkOptions,
): RunOptions {
  return { lane, owner: { project, client }, signal, onBegin, onSpent };
}

function inspectionRefusal({ failure }: ChildFailure): Inspection {
  if (failure === 'timeout') return TOO_SLOW;
  return failure === 'memory' ? TOO_HEAVY : UNDECODABLE;
}

/** Decoded in WebAssembly, with the most memory. */
const HEAVY_TYPES: ReadonlySet<MasterType> = new Set(['image/heic', 'image/jxl']);

/** @param pixels of the file; 0 when unknown */
function isHeavy(type: MasterType, pixels = 0): boolean {
  return HEAVY_TYPES.has(type) || pixels > ordinaryPixels(type);
}

/** Most pixels of a file that is not decoded in the child for heavy jobs. */
function ordinaryPixels(type: MasterType): number {
  return type === 'image/avif' ? MAX_ORDINARY_AVIF_PIXELS : Number.POSITIVE_INFINITY;
}

/** Versions of sharp and its libvips, without loading either. */
function libraryVersion(): string {
  const main = createRequire(import.meta.url).resolve('sharp');
  const manifest: { readonly version: string; readonly config: { readonly libvips: string } } =
    JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8'));
  const { version, config } = manifest;
  return `sharp-${version}-vips-${config.libvips.replace(/[^0-9.]/g, '')}`;
}
