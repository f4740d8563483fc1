import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Focus, ImageEngine, Inspection, ObjectBody, Rendering } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { ChildFailure } from './child.js';
import { THOROUGH_FORMATS } from './efforts.js';
import { createPool, type Pool, type RunOptions } from './pool.js';
import { inputOf, type Task } from './tasks.js';

export interface SharpEngineOptions {
  /** Most pixels of a file, all frames together. 50 million by default. */
  readonly maxPixels?: number;
  /** Most frames or pages. 1000 by default. */
  readonly maxFrames?: number;
  /** Timeout of a job in whole seconds; six times as long for idle jobs. 20 by default. */
  readonly timeoutSeconds?: number;
  /** Child processes for ordinary jobs, each with one job at a time. 2 by default. */
  readonly concurrency?: number;
  /** Most waiting jobs of reads; one more is refused. 64 by default. */
  readonly maxWaiting?: number;
  /** Most waiting inspections. 1024 by default, because callers limit uploads themselves. */
  readonly maxWaitingUploads?: number;
  /** Most memory of a child during an ordinary job, in bytes. 1 GiB by default. */
  readonly memoryBytes?: number;
  /** Most memory during a HEIC decode or a face detection, in bytes. 2 GiB by default. */
  readonly heavyMemoryBytes?: number;
  /** Called for every child that crashed or was killed for its time or memory. */
  readonly onIncident?: (failure: ChildFailure) => void;
}

export interface SharpEngine extends ImageEngine {
  /** Ends all jobs. Resolves when every child process has exited. */
  close(): Promise<void>;
}

/** Incremented when a change of our code may change the bytes of variants. */
const OUR_VERSION = 2;

const UNDECODABLE = { ok: false, code: 'image_not_decodable' } as const;
const FAILED = { ok: false, code: 'render_failed' } as const;

const GIB = 1024 ** 3;
const SHARED = { script: new URL('../dist/worker.js', import.meta.url), retireBytes: 0.4 * GIB };
/** Priorities below the server's; idle jobs have the lowest one. */
const [NICENESS, IDLE_NICENESS] = [5, 19];
const IDLE_TIMEOUT_FACTOR = 6;
/** Idle time in milliseconds after which children end. */
const [SHORT_IDLE, LONG_IDLE] = [30_000, 300_000];

/**
 * An image engine on libvips. This process decodes nothing. Child processes do; they are killed when they
 * exceed their time or memory, and end with this process. HEIC decodes and face detections, which need the
 * most memory, run one at a time in a child of their own.
 *
 * `inspect` returns `image_too_large` for too many pixels or frames, before it decodes any, and
 * `image_not_decodable` for a file that is broken, of another type than given, or too slow to decode.
 *
 * @example
 * const engine = createSharpEngine({ maxPixels: 50_000_000 });
 * const found = await engine.inspect(body, 'image/jpeg');
 * if (found.ok) console.log(found.width, found.height, found.blurhash);
 * await engine.close();
 */
export function createSharpEngine({
  maxPixels = 50_000_000,
  maxFrames = 1000,
  timeoutSeconds = 20,
  concurrency = 2,
  maxWaiting = 64,
  maxWaitingUploads = 1024,
  memoryBytes = GIB,
  heavyMemoryBytes = 2 * GIB,
  onIncident,
}: SharpEngineOptions = {}): SharpEngine {
  const limits = { maxPixels, maxFrames };
  const shared = {
    ...SHARED,
    timeoutMs: timeoutSeconds * 1000,
    maxWaiting: { reader: maxWaiting, upload: maxWaitingUploads },
    niceness: NICENESS,
    onIdle: () => idle.resume(),
    onIncident,
  };
  const ordinary = createPool({
    ...shared,
    memoryBytes,
    size: concurrency,
    minIdle: 1,
    idleMs: LONG_IDLE,
  });
  const heavy = createPool({
    ...shared,
    memoryBytes: heavyMemoryBytes,
    size: 1,
    minIdle: 0,
    idleMs: SHORT_IDLE,
  });
  const idle: Pool = createPool({
    ...shared,
    timeoutMs: timeoutSeconds * 1000 * IDLE_TIMEOUT_FACTOR,
    memoryBytes: heavyMemoryBytes,
    niceness: IDLE_NICENESS,
    size: 1,
    minIdle: 0,
    idleMs: SHORT_IDLE,
    mayStart: () => ordinary.isIdle && heavy.isIdle,
    onIdle: () => {},
  });
  ordinary.warm();

  /**
   * Runs a task in a pool. `refusal` is the result when the child failed. A child that failed before it was
   * ready says nothing about the file, so only renders use `refusal` then: they have a fallback.
   */
  async function perform<T extends Answer>(
    pool: Pool,
    body: ObjectBody,
    task: WithoutInput<Task>,
    options: RunOptions,
    refusal: T,
  ): Promise<T> {
    let answer = refusal;
    try {
      answer = (await pool.run(
        async () => ({ ...task, input: await inputOf(body, typeOf(task)) }),
        options,
      )) as T;
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error;
      if (task.name === 'focus' && error.failure !== 'error') throw error;
      if (error.failure === 'start' && task.name !== 'render') throw error;
    }
    // A file that was removed in the meantime is not broken: reject.
    if (answer !== null && 'ok' in answer && !answer.ok && body.file !== undefined) {
      await access(body.file.path);
    }
    return answer;
  }

  return {
    version: `${libraryVersion()}-${OUR_VERSION}`,
    thoroughFormats: THOROUGH_FORMATS,
    inspect(body, type, { onBegin } = {}) {
      const pool = isHeavy(type) ? heavy : ordinary;
      const task = { name: 'inspect', type, limits } as const;
      return perform<Inspection>(pool, body, task, { lane: 'upload', onBegin }, UNDECODABLE);
    },
    render(body, job, { idle: whenIdle = false, ...options }) {
      const pool = whenIdle ? idle : isHeavy(job.type) ? heavy : ordinary;
      const task = { name: 'render', job, limits } as const;
      return perform<Rendering>(pool, body, task, { lane: 'reader', ...options }, FAILED);
    },
    findFocus(body, type, kind, { idle: whenIdle = false, ...options }) {
      const pool = whenIdle ? idle : isHeavy(type) || kind === 'face' ? heavy : ordinary;
      const task = { name: 'focus', type, kind } as const;
      return perform<Focus>(pool, body, task, { lane: 'reader', ...options }, null);
    },
    async close() {
      await Promise.all([ordinary.close(), heavy.close(), idle.close()]);
    },
  };
}

type Answer = Inspection | Rendering | Focus;
type WithoutInput<T> = T extends unknown ? Omit<T, 'input'> : never;

function typeOf(task: WithoutInput<Task>): MasterType {
  return task.name === 'render' ? task.job.type : task.type;
}

function isHeavy(type: MasterType): boolean {
  return type === 'image/heic';
}

/** Versions of sharp and its libvips, without loading either. */
function libraryVersion(): string {
  const main = createRequire(import.meta.url).resolve('sharp');
  const manifest: { readonly version: string; readonly config: { readonly libvips: string } } =
    JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8'));
  const { version, config } = manifest;
  return `sharp-${version}-vips-${config.libvips.replace(/[^0-9.]/g, '')}`;
}
