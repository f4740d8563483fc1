import { Worker } from 'node:worker_threads';
import { removeMetadata } from '@auraimage/image-files';
import type { StrippedMaster } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import { findBorder } from './border.js';
import { inspect } from './inspect.js';
import { render } from './render.js';
import { sharp } from './sharp.js';
import { bytesOf, type Input, loadInput, type Task } from './tasks.js';

/**
 * Decoders of the accepted types. All others (SVG, PDF, ImageMagick, camera raw, matrices, …) are blocked:
 * they would only add attack surface.
 */
const DECODERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Tiff'];

// The main program of a child process. Only this process decodes and encodes images.
configureLibvips();
// Ignore signals to the process group: the server ends its children after it has drained.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// `exit` would wait for a running encoder.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A decoder can block this thread and its events, so another thread watches the server from the start.
const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), {
  workerData: process.ppid,
});
watchdog.unref();
watchdog.once('message', () => {
  process.on('message', ({ task }: { task: Task }) => {
    const before = process.cpuUsage();
    const cpuMs = () => {
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    run(task).then(
      (value) => process.send?.({ value, cpuMs: cpuMs() }),
      (error: unknown) => process.send?.({ error: String(error), cpuMs: cpuMs() }),
    );
  });
  process.send?.({ ready: true });
});

async function run(task: Task) {
  const input = loadInput(task);
  if (task.name === 'inspect') return inspect(input, task.type, task.limits);
  if (task.name === 'render') return render({ ...task, input });
  if (task.name === 'metadata') return strip(input, task.type);
  if (task.name === 'border') return findBorder(input, task.type, task.tolerance);
  // Loaded on demand: the models are large, and most children never need them.
  const { findFocus } = await import('./focus.js');
  return findFocus(input, task.type, task.kind);
}

function strip(input: Input, type: MasterType): StrippedMaster {
  const bytes = removeMetadata(bytesOf(input), type);
  return bytes === null ? { ok: false, code: 'metadata_not_removable' } : { ok: true, bytes };
}

/**
 * Configures libvips for the whole process. Names are those of libvips operations; blocking one blocks its
 * subclasses.
 */
function configureLibvips(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: DECODERS.flatMap((name) => [
      `VipsForeignLoad${name}File`,
      `VipsForeignLoad${name}Buffer`,
    ]),
  });
  // Every file is decoded once, so a cache of results would only hold memory.
  sharp.cache(false);
  // Several files at once use the cores better than several threads per file, with less memory.
  sharp.concurrency(1);
}
