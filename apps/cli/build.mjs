import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Bundles the command: one file for `aura`, and one that only `aura mcp` loads, which contains the libraries of the
// protocol. Other dependencies that package.json names stay outside.

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');

/** The folder of a package, in the path of one of its files. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/** Packages of this repository: in no registry is one of the same name certainly ours. */
const OWN = Object.fromEntries(
  ['client', 'protocol'].map((name) => [
    `@auraimage/${name}`,
    join(ROOT, `packages/${name}/dist/index.js`),
  ]),
);

const { dependencies } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));

rmSync(join(HERE, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  // Names stay, for the stack of an error that nobody expected.
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.12',
  external: Object.keys(dependencies).filter((name) => !(name in OWN)),
  alias: OWN,
  metafile: true,
  logLevel: 'warning',
});

for (const [file, { inputs }] of Object.entries(metafile.outputs)) {
  const folders = Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[0] ?? []);
  if (folders.length === 0) continue;
  const licenses = [...new Set(folders)].sort().map(licenseOf);
  const path = join(HERE, file);
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n/*\n${licenses.join('\n\n')}\n*/\n`);
}

/**
 * What the license of a bundled package asks for: its notice in every copy.
 *
 * @param {string} folder relative to this one
 */
function licenseOf(folder) {
  const path = join(HERE, folder);
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  );
  const file = readdirSync(path).find((each) => /^licen[cs]e/i.test(each));
  // One package states its license and author in its package.json only.
  if (file === undefined && name !== '@nodable/entities') {
    throw new Error(`${name} has no license file`);
  }
  const text =
    file === undefined ? `Copyright (c) ${author}` : readFileSync(join(path, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text.replaceAll('*/', '* /')}`;
}
