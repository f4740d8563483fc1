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
  }
}

/** Once for all files of the project; ends with them. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { stop, ...gateway } = await startRadosGateway();
  provide('s3', gateway);
  return stop;
}
