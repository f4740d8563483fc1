import cluster from 'node:cluster';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorkers, WorkerStartError, watchWorker } from './supervisor.js';

it('rejects when a worker process cannot be spawned', async () => {
  // Spawning fails there, as it does without memory or process ids.
  cluster.setupPrimary({ cwd: '/nowhere' });
  try {
    const started = startWorkers({
      config: { workers: 1, port: 0, drainSeconds: 1 },
      logger: pino({ level: 'silent' }),
      workerFile: '/nowhere/main.js',
      handlers: {},
      onLost: () => {},
    });
    await expect(started).rejects.toThrow(WorkerStartError);
  } finally {
    cluster.setupPrimary({ cwd: process.cwd() });
  }
});

describe('watchWorker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const SECOND = 1000;

  it('reports a worker as hung after a minute without an answer, once', async () => {
    const hung = vi.fn();
    watchWorker(() => Promise.reject(new Error('no answer')), hung);
    await vi.advanceTimersByTimeAsync(59 * SECOND);
    expect(hung).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(300 * SECOND);
    expect(hung).toHaveBeenCalledTimes(1);
  });

  it('does not report a worker that answers now and then', async () => {
    const hung = vi.fn();
    let asked = 0;
    const ask = () => (++asked % 6 === 0 ? Promise.resolve() : Promise.reject(new Error('busy')));
    watchWorker(ask, hung);
    await vi.advanceTimersByTimeAsync(600 * SECOND);
    expect(asked).toBe(60);
    expect(hung).not.toHaveBeenCalled();
  });

  it('stops checking', async () => {
    const ask = vi.fn(() => Promise.resolve());
    const end = watchWorker(ask, () => {});
    await vi.advanceTimersByTimeAsync(25 * SECOND);
    end();
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
