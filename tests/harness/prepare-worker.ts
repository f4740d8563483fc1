import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { launchWorker } from './local-worker.js';
import { removeFolder } from './remove.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Data folder of the Worker as a first start leaves it. */
    readonly preparedWorker?: string;
  }
}

/** Lets the Worker start once: its migrations, keys and sample image take a third of the processor time of a start. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-worker-'));
  const worker = launchWorker({ PORT: '0', AURA_DATA_DIR: folder });
  try {
    await worker.url;
  } catch (error) {
    await removeFolder(folder);
    throw error;
  } finally {
    await worker.end('SIGKILL');
  }
  provide('preparedWorker', folder);
  return () => removeFolder(folder);
}
