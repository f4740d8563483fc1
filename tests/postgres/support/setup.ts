import type { TestProject } from 'vitest/node';
import { startPostgres } from './server.js';
import { template } from './template.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the server shared by all files of the run. Other databases are created beside it. */
    readonly postgresUrl: string;
    /** Why the server did not start; otherwise empty. */
    readonly postgresProblem: string;
  }
}

/**
 * Starts the server once for all files of the project and stops it after them. If it does not start, these files fail
 * and the tests of other projects still run.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  try {
    const { url, stop } = await startPostgres({ template: await template() });
    provide('postgresUrl', url('postgres'));
    provide('postgresProblem', '');
    return stop;
  } catch (error) {
    provide('postgresProblem', String(error));
    return async () => {};
  }
}
