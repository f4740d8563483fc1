import type { TestProject } from 'vitest/node';
import { startPostgres } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the server that every file of the run shares: others are made beside it. */
    readonly postgresUrl: string;
    /** Why there is none; else empty. */
    readonly postgresProblem: string;
  }
}

/**
 * Once for all files of the project; ends with them. Where it does not start, those files fail and the
 * tests of other projects run all the same.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  try {
    const { url, stop } = await startPostgres();
    provide('postgresUrl', url('postgres'));
    provide('postgresProblem', '');
    return stop;
  } catch (error) {
    provide('postgresProblem', String(error));
    return async () => {};
  }
}
