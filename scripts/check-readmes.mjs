import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedWorkspaces } from './check.mjs';

// Checks that every published package has a README with an example, and that every TypeScript example there, in the
// project's README and in the guides for Next.js, albums, webhooks and "How do I…" compiles as in a user's app. Run after the
// build.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/readmes');

/** @type {string[]} */
const problems = [];

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const folder of publishedWorkspaces()) writeExamples(folder);
for (const [index, code] of examplesOf('README.md').entries()) write(`project-${index}.tsx`, code);
for (const code of examplesOf('docs/guides/albums.md')) {
  if (code.startsWith('// album.ts\n')) write('album.tsx', code);
}
for (const code of ['nextjs', 'webhooks'].flatMap((guide) =>
  examplesOf(`docs/guides/${guide}.md`),
)) {
  const path = /^\/\/ (\S+)\n/.exec(code)?.[1];
  if (path !== undefined) write(`nextjs/${path}`, code);
}
const answers = examplesOf('docs/guides/how-do-i.md');
for (const [index, code] of answers.entries()) {
  // The first one makes `aura`, which the others use. What they need besides is their reader's own.
  if (!code.includes('new AuraImage(')) write(`how-do-i/${index}.tsx`, `${code}\nexport {};\n`);
}
write(
  'how-do-i/theirs.d.ts',
  `declare const aura: import('@auraimage/sdk').AuraImage;
declare const key: string;
declare const url: string;
declare const cdnUrl: string;
declare const project: string;
declare const user: { readonly id: string };
declare const image: { readonly blurhash: string };
declare const bytes: Uint8Array<ArrayBuffer>;
declare const response: Response;
`,
);
// What the guide to webhooks leaves to the app.
write(
  'nextjs/lib/database.d.ts',
  `export function remember(id: string): Promise<boolean>;
export function forget(id: string): Promise<void>;
export function showPicture(key: string, user: string | undefined): Promise<void>;
`,
);
writeFileSync(
  join(FOLDER, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.tests.json',
    compilerOptions: {
      noPropertyAccessFromIndexSignature: false,
      noUncheckedSideEffectImports: false,
      module: 'esnext',
      moduleResolution: 'bundler',
      paths: { '@/*': ['./nextjs/*'] },
    },
    include: ['*.tsx', 'nextjs/**/*', 'how-do-i/*'],
  }),
);
try {
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', FOLDER], { encoding: 'utf8' });
} catch (error) {
  problems.push(/** @type {{ stdout: string }} */ (error).stdout);
}
if (problems.length > 0) {
  console.log(problems.map((problem) => `- ${problem}`).join('\n'));
  process.exitCode = 1;
}

/** @param {string} folder */
function writeExamples(folder) {
  const file = `${folder}/README.md`;
  if (!existsSync(join(ROOT, file))) return problems.push(`${file} is missing`);
  const text = readFileSync(join(ROOT, file), 'utf8');
  const examples = examplesOf(file);
  const { bin } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  // A command's examples are for a shell.
  const hasExample = bin === undefined ? examples.length > 0 : text.includes('```sh\n');
  if (!hasExample) problems.push(`${file} has no example`);
  for (const [index, code] of examples.entries()) {
    write(`${folder.replace('/', '-')}-${index}.tsx`, code);
  }
}

/** @param {string} file */
function examplesOf(file) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^```tsx?\n(.*?)^```/gms)].map(([, code = '']) => code);
}

/**
 * @param {string} name
 * @param {string} code
 */
function write(name, code) {
  const path = join(FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
