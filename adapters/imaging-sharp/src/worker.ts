import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Focus, Inspection, Rendering } from '@auraimage/ports';
import { inspect } from './inspect.js';
import { configureLibvips } from './libvips.js';
import { render } from './render.js';
import type { Task } from './tasks.js';

/** The main program of a child process: everything that touches a file's pixels happens here. */
configureLibvips();
// Where the machine runs out of memory, its kernel takes a child before the server.
try {
  writeFileSync('/proc/self/oom_score_adj', '500');
} catch {
  // Only Linux has it.
}
// The server ends its children when it has drained: a signal to the whole group is not for them.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// Not `exit`, which waits for a running encoder.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A decoder may keep this thread from hearing of that: another one watches, and before any work begins.
const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), {
  workerData: process.ppid,
});
watchdog.unref();
watchdog.once('message', () => {
  process.on('message', ({ task }: { task: Task }) => {
    perform(task).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
  process.send?.({ ready: true });
});

async function perform(task: Task): Promise<Inspection | Rendering | Focus> {
  if (task.name === 'inspect') return inspect(task.input, task.type, task.limits);
  if (task.name === 'render') return render(task.input, task.job, task.limits);
  // Its models are large, and most children never need them.
  const { findFocus } = await import('./focus.js');
  return findFocus(task.input, task.type, task.kind);
}
