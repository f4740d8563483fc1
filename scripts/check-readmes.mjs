import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Every published package has a README with an example, and every example compiles as a user's app
// would compile it. Run after the build.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/readmes');

/** @type {string[]} */
const problems = [];

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const folder of publishedFolders()) writeExamples(folder);
writeFileSync(
  join(FOLDER, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.tests.json',
    compilerOptions: {
      noPropertyAccessFromIndexSignature: false,
      noUncheckedSideEffectImports: false,
    },
    include: ['*.tsx'],
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

function publishedFolders() {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => {
      const manifest = readFileSync(join(ROOT, folder, 'package.json'), 'utf8');
      return JSON.parse(manifest).private !== true;
    });
}

/** @param {string} folder */
function writeExamples(folder) {
  const file = `${folder}/README.md`;
  if (!existsSync(join(ROOT, file))) return problems.push(`${file} is missing`);
  const text = readFileSync(join(ROOT, file), 'utf8');
  const examples = [...text.matchAll(/^```tsx?\n(.*?)^```/gms)].map(([, code = '']) => code);
  if (examples.length === 0) problems.push(`${file} has no example in TypeScript`);
  for (const [index, code] of examples.entries()) {
    writeFileSync(join(FOLDER, `${folder.replace('/', '-')}-${index}.tsx`), code);
  }
}
