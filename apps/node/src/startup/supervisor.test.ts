import cluster from 'node:cluster';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startWorkers, WorkerStartError } from './supervisor.js';

it('tells of a worker that never becomes a process', async () => {
  // The system starts none there, as where there is no memory or no number for one.
  cluster.setupPrimary({ cwd: '/nowhere' });
  try {
    const started = startWorkers({
      config: { workers: 1, port: 0, drainSeconds: 1 },
      logger: pino({ level: 'silent' }),
      handlers: {},
      onLost: () => {},
    });
    await expect(started).rejects.toThrow(WorkerStartError);
  } finally {
    cluster.setupPrimary({ cwd: process.cwd() });
  }
});
