import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Loads a TypeScript module of the tests, which Node 20 cannot by itself.
 *
 * @param {string} file from the project's folder
 * @returns {Promise<unknown>}
 */
export async function loadTypeScript(file) {
  // Inside the project, so that imports of packages resolve.
  const folder = await mkdtemp(join(ROOT, 'node_modules/.bench-'));
  try {
    const outfile = join(folder, 'module.mjs');
    await build({
      entryPoints: [join(ROOT, file)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
