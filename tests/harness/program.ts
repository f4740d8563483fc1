import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

/** The server's program as it is built and shipped. */
export const BUILT = fileURLToPath(new URL('../../apps/node/dist/main.js', import.meta.url));

/** The server's program for a test: the same code, but it starts in a third of the time if it is bundled. */
export const programOf = (kind: 'bundled' | 'built' = 'bundled') =>
  kind === 'built' ? BUILT : (inject('bundledServer') ?? BUILT);

/** Folder beside the bundle with the data that a first start makes. */
export const PREPARED = 'data';

/** The prepared data folder, where the server is bundled. */
export function preparedData(): string | undefined {
  const bundled = inject('bundledServer');
  return bundled && join(dirname(bundled), PREPARED);
}
