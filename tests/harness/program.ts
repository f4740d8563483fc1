import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of the tests; by default that of apps/node. */
    readonly host?: 'cloudflare';
  }
}

/** The server's program as it is built and shipped. */
export const BUILT = fileURLToPath(new URL('../../apps/node/dist/main.js', import.meta.url));

/** The program that starts the Worker in workerd, as it is built. */
export const WORKER = fileURLToPath(
  new URL('../../apps/cloudflare/dist/src/commands/dev.js', import.meta.url),
);

/** Whether the tests of this project have the Worker as their server. */
export const isWorker = (): boolean => inject('host') === 'cloudflare';

/** The server's program for a test: the same code, but it starts in a third of the time if it is bundled. */
export const programOf = (kind: 'bundled' | 'built' = 'bundled') =>
  kind === 'built' ? BUILT : (inject('bundledServer') ?? BUILT);

/** Folder beside the bundle with the data that a first start makes. */
export const PREPARED = 'data';

/** The prepared data folder of the tests' server, where there is one. */
export function preparedData(): string | undefined {
  if (isWorker()) return inject('preparedWorker');
  const bundled = inject('bundledServer');
  return bundled && join(dirname(bundled), PREPARED);
}
