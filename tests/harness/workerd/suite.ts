import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { FOR_WORKERD } from '../../../apps/cloudflare/dist/src/commands/bundling.js';
import { compatibility } from '../../../apps/cloudflare/dist/src/commands/deployed.js';
import type { DeclaredSuite, Failure } from './runner.js';

const RUNNER = fileURLToPath(new URL('runner.ts', import.meta.url));
const VITEST = fileURLToPath(new URL('vitest.ts', import.meta.url));

export interface WorkerdSuiteOptions {
  /** A module that declares tests with vitest's `describe` and `it`, as a file URL. It gets bindings as `env` of `cloudflare:workers`. */
  readonly entry: URL;
  /** A module that the Worker exports from, such as a class of Durable Objects, as a file URL. */
  readonly exports?: URL;
  /** Bindings of the Worker, as Miniflare takes them. */
  readonly bindings: Partial<WorkerOptions>;
}

/**
 * Declares the tests of a module that run in workerd: each is a test here, which sends a request to a Worker that runs
 * it. Like the requests of a Worker they share its modules and variables, but no streams and no timers. Call it at the
 * top of a test file.
 *
 * @example
 * await declareInWorkerd({
 *   entry: new URL('../../../tests/workerd/records-d1.ts', import.meta.url),
 *   bindings: { d1Databases: ['DB'] },
 * });
 */
export async function declareInWorkerd({
  entry,
  exports,
  bindings,
}: WorkerdSuiteOptions): Promise<void> {
  const worker = await startWorkerd(await bundleSuite(entry, exports), bindings);
  const ask = async (path: string): Promise<unknown> => {
    const response = await worker.dispatchFetch(`http://workerd.test/${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  const run = async (path: string) => {
    const failure = (await ask(path)) as Failure | null;
    if (failure !== null) throw Object.assign(new Error(failure.message), failure);
  };
  const declare = ({ id, suites, tests, hasBeforeAll, hasAfterAll }: DeclaredSuite) => {
    if (hasBeforeAll) beforeAll(() => run(`before/${id}`));
    if (hasAfterAll) afterAll(() => run(`after/${id}`));
    for (const test of tests) it(test.name, () => run(`test/${test.id}`));
    for (const suite of suites) describe(suite.name, () => declare(suite));
  };
  const root = await ask('tests').catch(async (error: unknown) => {
    await worker.dispose();
    throw error;
  });
  afterAll(() => worker.dispose());
  declare(root as DeclaredSuite);
}

/** Starts workerd with one Worker, which has the date and the flags of the deployed one. Dispose it at the end. */
export async function startWorkerd(
  program: string,
  bindings: Partial<WorkerOptions>,
): Promise<Miniflare> {
  const options = {
    ...bindings,
    ...compatibility(),
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: program }],
    host: '127.0.0.1',
    port: 0,
  } as MiniflareOptions;
  const worker = new Miniflare(options);
  await worker.ready;
  return worker;
}

async function bundleSuite(entry: URL, exports?: URL): Promise<string> {
  const exported = exports && `export * from ${JSON.stringify(fileURLToPath(exports))};`;
  const contents = `
    ${exported ?? ''}
    import { serve } from ${JSON.stringify(RUNNER)};
    // In a request: outside of one, a module may not even ask for random numbers.
    let loading;
    export default {
      async fetch(request) {
        loading ??= import(${JSON.stringify(fileURLToPath(entry))});
        await loading;
        return serve(request);
      },
    };
  `;
  return bundleForWorkerd({ contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) });
}

/**
 * Bundles a Worker with the built packages.
 *
 * @param contents its main module, in TypeScript
 * @param resolveDir folder from which it imports
 */
export async function bundleForWorkerd({
  contents,
  resolveDir,
}: {
  readonly contents: string;
  readonly resolveDir: string;
}): Promise<string> {
  const { outputFiles } = await build({
    ...FOR_WORKERD,
    stdin: { contents, resolveDir, loader: 'ts' },
    write: false,
    alias: { vitest: VITEST },
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild wrote nothing');
  return output.text;
}
