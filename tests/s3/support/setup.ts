import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvidedContext } from 'vitest';
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

type Setting = Pick<ProvidedContext, 's3' | 's3Outcome'>;

/** The store of this run, for every project that names this file: vitest loads it for each anew. */
interface Shared {
  opened?: Promise<{ readonly setting: Setting; close(): Promise<void> }>;
  users: number;
}
const everywhere = globalThis as { auraStore?: Shared };
everywhere.auraStore ??= { users: 0 };
const shared = everywhere.auraStore;

/**
 * Once for all files of the projects that need it; ends with them. Other projects' tests run while the
 * store starts. Where it does not, the files of these projects fail and the others run all the same.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  try {
    shared.opened ??= open();
    const { setting, close } = await shared.opened;
    provide('s3', setting.s3);
    provide('s3Outcome', setting.s3Outcome);
    provide('s3Problem', '');
    shared.users++;
    return async () => {
      shared.users--;
      if (shared.users === 0) await close();
    };
  } catch (error) {
    provide('s3Problem', String(error));
    return async () => {};
  }
}

async function open() {
  const { stop, up, ...s3 } = await startRadosGateway();
  const folder = await temporaryFolder();
  const s3Outcome = join(folder, 'outcome');
  const tell = async (problem: string) => {
    await writeFile(`${s3Outcome}.new`, problem);
    await rename(`${s3Outcome}.new`, s3Outcome); // whoever sees it sees all of it
  };
  const told = up.then(
    () => tell(''),
    (error) => tell(String(error)),
  );
  return {
    setting: { s3, s3Outcome },
    async close() {
      await stop();
      await told;
      await rm(folder, { recursive: true });
    },
  };
}
