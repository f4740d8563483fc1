import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';
import { removeFolder } from '../../harness/remove.js';
import { temporaryFolder } from '../../harness/server.js';
import { startRadosGateway } from './rados-gateway.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The store shared by all tests of the run. Each uses a new bucket or prefix. */
    readonly s3: {
      readonly endpoint: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly configFile: string;
    };
    /** A file that exists once the store responds or has failed to start; then it contains the reason. */
    readonly s3Outcome: string;
    /** Why the start could not be tried; otherwise empty. */
    readonly s3Problem: string;
  }
}

type Setting = Pick<ProvidedContext, 's3' | 's3Outcome'>;

/** The store of this run, shared by all projects that name this file, because Vitest loads it once for each. */
interface Shared {
  opened?: Promise<{ readonly setting: Setting; close(): Promise<void> }>;
  users: number;
}
const everywhere = globalThis as { auraStore?: Shared };
everywhere.auraStore ??= { users: 0 };
const shared = everywhere.auraStore;

/**
 * Starts the store once for the projects that need it, and stops it after them. Other projects' tests run while
 * it starts. If it does not start, the files of these projects fail and the others still run.
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
    await rename(`${s3Outcome}.new`, s3Outcome); // atomic, so readers see the complete file
  };
  const reported = up.then(
    () => tell(''),
    (error) => tell(String(error)),
  );
  return {
    setting: { s3, s3Outcome },
    async close() {
      await stop();
      await reported;
      await removeFolder(folder);
    },
  };
}
