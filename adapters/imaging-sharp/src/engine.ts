import { access } from 'node:fs/promises';
import type { Focus, ImageEngine, Inspection, ObjectBody, Rendering } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { ChildFailure } from './child.js';
import { inputOf } from './input.js';
import { createPool, type Pool, type RunOptions } from './pool.js';
import type { Task } from './tasks.js';
import { libraryVersion } from './version.js';

export interface SharpEngineOptions {
  /** Most pixels of a file, all its frames together. 50 million unless given. */
  readonly maxPixels?: number;
  /** Most frames or pages. 1000 unless given. */
  readonly maxFrames?: number;
  /** Longest time for one job, in whole seconds; six times as much in idle time. 20 unless given. */
  readonly timeoutSeconds?: number;
  /** Child processes for ordinary jobs, each with one job at a time. 2 unless given. */
  readonly concurrency?: number;
  /** Most jobs of readers that wait; one more is refused. 64 unless given. */
  readonly maxWaiting?: number;
  /** Most inspections that wait. 1024 unless given: bounding uploads is the caller's part. */
  readonly maxWaitingUploads?: number;
  /** Most memory of a child during an ordinary job. 1 GiB unless given. */
  readonly memoryBytes?: number;
  /** The same where HEIC is decoded or faces are sought. 2 GiB unless given. */
  readonly heavyMemoryBytes?: number;
  /** Hears of every child that crashed, or had to be killed for its time or memory. */
  readonly onIncident?: (failure: ChildFailure) => void;
}

export interface SharpEngine extends ImageEngine {
  /** Ends all work; resolves when every child process is gone. */
  close(): Promise<void>;
}

/** Counted up whenever our own steps may give other bytes than before. */
const OUR_VERSION = 1;

const UNDECODABLE = { ok: false, code: 'image_not_decodable' } as const;
const FAILED = { ok: false, code: 'render_failed' } as const;

const GIB = 1024 ** 3;
const SHARED = { script: new URL('../dist/worker.js', import.meta.url), retireBytes: 0.4 * GIB };
/** Children stand back behind the server; those that work in idle time behind everything. */
const [BEHIND_SERVER, BEHIND_EVERYTHING] = [5, 19];
const IDLE_PATIENCE = 6;
const [SOON, LATER] = [30_000, 300_000];

/**
 * An image engine on libvips. Nothing of a file is decoded in this process: that is done by child
 * processes, which are killed when they take too much time or memory, and end with this one. HEIC and
 * faces, which take the most memory, are done one at a time in a child of their own.
 *
 * `inspect` gives `image_too_large` for more pixels or frames than allowed, before decoding any, and
 * `image_not_decodable` for what is broken, of another type than announced, or takes too long.
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
    waiting: { reader: maxWaiting, upload: maxWaitingUploads },
    niceness: BEHIND_SERVER,
    onQuiet: () => idle.wake(),
    onIncident,
  };
  const ordinary = createPool({
    ...shared,
    memoryBytes,
    size: concurrency,
    keep: 1,
    idleMs: LATER,
  });
  const heavy = createPool({
    ...shared,
    memoryBytes: heavyMemoryBytes,
    size: 1,
    keep: 0,
    idleMs: SOON,
  });
  const idle: Pool = createPool({
    ...shared,
    timeoutMs: timeoutSeconds * 1000 * IDLE_PATIENCE,
    memoryBytes: heavyMemoryBytes,
    niceness: BEHIND_EVERYTHING,
    size: 1,
    keep: 0,
    idleMs: SOON,
    mayStart: () => ordinary.quiet && heavy.quiet,
    onQuiet: () => {},
  });
  ordinary.warm();

  /**
   * `refusal`: what it comes to where the child that did it came to nothing. One that never came up says
   * nothing about a file: only a rendering is refused for it, because something else stands in for that.
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
        async () => ({ ...task, input: await inputOf(body) }),
        options,
      )) as T;
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error;
      if (task.name === 'focus' && error.failure !== 'error') throw error;
      if (error.failure === 'start' && task.name !== 'render') throw error;
    }
    // A file that was removed meanwhile is not a broken one.
    if (answer !== null && 'ok' in answer && !answer.ok && body.file !== undefined) {
      await access(body.file.path);
    }
    return answer;
  }

  return {
    version: `${libraryVersion()}-${OUR_VERSION}`,
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

function isHeavy(type: MasterType): boolean {
  return type === 'image/heic';
}
