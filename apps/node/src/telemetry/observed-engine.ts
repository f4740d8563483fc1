import {
  EngineBusyError,
  type Inspection,
  type Rendering,
  type SearchingImageEngine,
  type StrippedMaster,
  type WorkOptions,
} from '@auraimage/ports';
import type { Telemetry } from './tracer.js';

/** `reencode`: a render that no request waits for. */
const TASKS = ['inspect', 'render', 'focus', 'border', 'metadata', 'reencode'] as const;
type Task = (typeof TASKS)[number];
const NONE = { inspect: 0, render: 0, focus: 0, border: 0, metadata: 0, reencode: 0 } as const;
type Hooks = Required<Pick<WorkOptions, 'onBegin'>>;

/**
 * Wraps the image engine: counts its jobs and measures their waiting and processing times. A re-encode that the
 * full queue refuses is not counted: no client is told.
 */
export function observeEngine<T extends SearchingImageEngine>(
  engine: T,
  { metrics, tracer }: Telemetry,
): T {
  const waiting: Record<Task, number> = { ...NONE };
  const running: Record<Task, number> = { ...NONE };
  metrics.onCollect(() => {
    for (const task of TASKS) {
      metrics.imageJobsWaiting.set({ task }, waiting[task]);
      metrics.imageJobsRunning.set({ task }, running[task]);
    }
  });

  async function watch<R>(
    task: Task,
    format: string,
    work: (hooks: Hooks) => Promise<R>,
    outcomeOf: (result: R) => 'ok' | 'refused' | 'failed',
  ): Promise<R> {
    const queued = performance.now();
    let began: number | undefined;
    let outcome = 'failed';
    waiting[task]++;
    const onBegin = () => {
      if (began !== undefined) return;
      began = performance.now();
      waiting[task]--;
      running[task]++;
      metrics.imageWaitSeconds.observe({ task }, (began - queued) / 1000);
    };
    try {
      const result = await work({ onBegin });
      outcome = outcomeOf(result);
      return result;
    } catch (error) {
      if (error instanceof EngineBusyError && task !== 'reencode')
        metrics.imageJobsRefused.inc({ task });
      throw error;
    } finally {
      if (began === undefined) {
        waiting[task]--;
      } else {
        running[task]--;
        const ended = performance.now();
        metrics.imageSeconds.observe({ task, format, outcome }, (ended - began) / 1000);
        tracer?.record('image queue', queued, { 'aura.task': task }, false, began);
        const facts = { 'aura.task': task, 'aura.format': format, 'aura.outcome': outcome };
        tracer?.record(`image ${task}`, began, facts, outcome === 'failed', ended);
      }
    }
  }

  return {
    ...engine,
    inspect: (body, type, options) =>
      watch(
        'inspect',
        subtypeOf(type),
        (hooks) => engine.inspect(body, type, { ...options, ...hooks }),
        outcomeOf,
      ),
    render: (body, job, options) =>
      watch(
        options.idle ? 'reencode' : 'render',
        job.format,
        (hooks) => engine.render(body, job, { ...options, ...hooks }),
        outcomeOf,
      ),
    removeMetadata: (body, type, options) =>
      watch(
        'metadata',
        subtypeOf(type),
        (hooks) => engine.removeMetadata(body, type, { ...options, ...hooks }),
        outcomeOf,
      ),
    findFocus: (body, type, kind, options) =>
      watch(
        'focus',
        subtypeOf(type),
        (hooks) => engine.findFocus(body, type, kind, { ...options, ...hooks }),
        () => 'ok',
      ),
    findBorder: (body, type, tolerance, options) =>
      watch(
        'border',
        subtypeOf(type),
        (hooks) => engine.findBorder(body, type, tolerance, { ...options, ...hooks }),
        () => 'ok',
      ),
  };
}

function outcomeOf(result: Inspection | Rendering | StrippedMaster): 'ok' | 'refused' | 'failed' {
  if (result.ok) return 'ok';
  return result.code === 'render_failed' ? 'failed' : 'refused';
}

/** `jpeg` of `image/jpeg`. */
function subtypeOf(type: string): string {
  return type.slice(type.indexOf('/') + 1);
}
