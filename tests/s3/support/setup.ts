import type { TestProject } from 'vitest/node';
import { startRadosGateway } from './rados-gateway.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The store that every test of the run shares: each takes a bucket or prefix of its own. */
    readonly s3: {
      readonly endpoint: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly configFile: string;
    };
    /** Why there is none; else empty. */
    readonly s3Problem: string;
  }
}

/**
 * Once for all files of the project; ends with them. Where it does not start, those files fail and the
 * tests of other projects run all the same.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  try {
    const { stop, ...gateway } = await startRadosGateway();
    provide('s3', gateway);
    provide('s3Problem', '');
    return stop;
  } catch (error) {
    provide('s3Problem', String(error));
    return async () => {};
  }
}
