import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { temporaryFolder } from '../../harness/server.js';
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
    /** A file that is there once the store answers, or does not start: then it says why. */
    readonly s3Outcome: string;
    /** Why it could not even be tried; else empty. */
    readonly s3Problem: string;
  }
}

/**
 * Once for all files of the project; ends with them. Other projects' tests run while the store starts.
 * Where it does not, the files of this project fail and the others run all the same.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  try {
    const { stop, up, ...gateway } = await startRadosGateway();
    const folder = await temporaryFolder();
    const outcome = join(folder, 'outcome');
    const tell = async (problem: string) => {
      await writeFile(`${outcome}.new`, problem);
      await rename(`${outcome}.new`, outcome); // whoever sees it sees all of it
    };
    const told = up.then(
      () => tell(''),
      (error) => tell(String(error)),
    );
    provide('s3', gateway);
    provide('s3Outcome', outcome);
    provide('s3Problem', '');
    return async () => {
      await stop();
      await told;
      await rm(folder, { recursive: true });
    };
  } catch (error) {
    provide('s3Problem', String(error));
    return async () => {};
  }
}
