import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { BUILT } from './program.js';
import { removeFolder } from './remove.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's program in a few files, made from the build when the run starts. */
    readonly bundledServer?: string;
  }
}

/** The bundle of this run, for every project that names this file: vitest loads it for each anew. */
interface Shared {
  bundle?: Promise<string>;
  users: number;
}
const everywhere = globalThis as { auraBundle?: Shared };
everywhere.auraBundle ??= { users: 0 };
const shared = everywhere.auraBundle;

/**
 * Bundles the built server. A start from the build loads 800 files, which takes 0.4 s of the 0.65 s of
 * processor time that it takes: too much for hundreds of starts.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  shared.users++;
  shared.bundle ??= bundle();
  const folder = await shared.bundle;
  provide('bundledServer', join(folder, 'main.mjs'));
  return async () => {
    shared.users--;
    if (shared.users === 0) await removeFolder(folder);
  };
}

async function bundle(): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), 'aura-server-'));
  await build({
    entryPoints: [BUILT],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // what is loaded on demand stays so
    format: 'esm',
    platform: 'node',
    target: 'node20',
    keepNames: true, // names of errors are logged
    plugins: [nativeModules, ownAddresses],
    // For the CommonJS modules in it.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outdir;
}

/** They look for their binaries beside their own files: the bundle loads them from there. */
const nativeModules: Plugin = {
  name: 'native-modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(?:sharp|@photostructure\/sqlite)$/ }, async ({ path, ...from }) => {
      if (from.pluginData === 'resolved') return undefined;
      const { resolveDir, kind, importer } = from;
      const found = await resolve(path, { resolveDir, kind, importer, pluginData: 'resolved' });
      return { path: found.path, external: true, errors: found.errors };
    });
  },
};

/** A module finds files beside it: in the bundle it keeps the address that it has in the build. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?js$/ }, async ({ path }) => {
      if (path === BUILT) return undefined; // starts itself anew as a worker
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: 'js' };
    });
  },
};
