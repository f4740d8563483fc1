import type { TestProject } from 'vitest/node';
import { removeFolder } from '../../harness/remove.js';
import { makeServerFolder } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** For `startPostgres`. */
    readonly postgresTemplate: string;
  }
}

/** The folder of this run, for every project that names this file: vitest loads it for each anew. */
interface Shared {
  made?: Promise<string>;
  users: number;
}
const everywhere = globalThis as { auraPostgres?: Shared };
everywhere.auraPostgres ??= { users: 0 };
const shared = everywhere.auraPostgres;

/** Makes a server's folder once for the run, because `initdb` takes half a second of processor time. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  shared.users++;
  // Without it, each server makes its own, or fails with the reason.
  provide('postgresTemplate', await template().catch(() => ''));
  return async () => {
    shared.users--;
    if (shared.users > 0) return;
    const [made] = await Promise.allSettled([template()]);
    delete shared.made;
    if (made.status === 'fulfilled') await removeFolder(made.value);
  };
}

/** For a setup that starts a server itself. */
export function template(): Promise<string> {
  shared.made ??= makeServerFolder();
  return shared.made;
}
