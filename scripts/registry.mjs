import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Writes the components of packages/react as items of a shadcn registry, which the server serves. The items contain
// the unchanged sources, so a developer who adds one owns its code.

const SOURCES = fileURLToPath(new URL('../packages/react/src/', import.meta.url));
const STYLES = fileURLToPath(new URL('../packages/react/styles.css', import.meta.url));
const OUT = fileURLToPath(new URL('../apps/node/dist/registry/', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../packages/react/package.json', import.meta.url));

/** Folder in the app that adds an item. Both items have common files, so they use the same folder. */
const TARGET = 'components/aura';

const ITEMS = [
  {
    name: 'image',
    title: 'AuraImage',
    description: 'Images in the right size for every screen, public and signed.',
    entries: ['aura-image.tsx', 'provider.tsx'],
    styles: false,
  },
  {
    name: 'uploader',
    title: 'AuraUploader',
    description: 'Uploads pictures that are dropped, pasted or picked.',
    entries: ['aura-uploader.tsx', 'provider.tsx'],
    styles: true,
  },
];

mkdirSync(OUT, { recursive: true });
for (const item of ITEMS) {
  writeFileSync(join(OUT, `${item.name}.json`), `${JSON.stringify(itemOf(item), null, 2)}\n`);
}

/** @param {typeof ITEMS[number]} item */
function itemOf({ name, title, description, entries, styles }) {
  const sources = closureOf(entries);
  const [main = ''] = entries;
  // The component's own file has the item's name: an app imports `@/components/aura/image`.
  const files = [...sources].map(([file, text]) =>
    file === main ? fileOf(`${name}.tsx`, styles ? withStyles(text) : text) : fileOf(file, text),
  );
  if (styles) files.push(fileOf(basename(STYLES), readFileSync(STYLES, 'utf8')));
  return {
    $schema: 'https://ui.shadcn.com/schema/registry-item.json',
    name,
    type: 'registry:component',
    title,
    description,
    dependencies: dependenciesOf([...sources.values()]),
    files,
    docs: 'Say where the CDN is: NEXT_PUBLIC_AURA_CDN_URL and NEXT_PUBLIC_AURA_PROJECT_NAME in the environment, or <AuraProvider> around your app.',
  };
}

/**
 * The entries and all local files that they import, each with its text as in a project with a bundler: without
 * `.js` in imports, which only packages need.
 *
 * @param {readonly string[]} entries
 * @returns {Map<string, string>}
 */
function closureOf(entries) {
  const files = new Map();
  const waiting = [...entries];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (files.has(file)) continue;
    const text = readFileSync(join(SOURCES, file), 'utf8');
    files.set(file, text.replace(/(from '\.\/[\w-]+)\.js';/g, "$1';"));
    if (
      ITEMS.some(({ entries: [main = ''] }) => text.includes(`'./${main.replace('.tsx', '.js')}'`))
    ) {
      throw new Error(`${file} imports a component, whose file has another name in the registry`);
    }
    for (const [, module = ''] of text.matchAll(/from '\.\/([\w-]+)\.js';/g)) {
      waiting.push(fileNameOf(module));
    }
  }
  return files;
}

/** @param {string} module */
function fileNameOf(module) {
  for (const file of [`${module}.ts`, `${module}.tsx`]) {
    if (existsSync(join(SOURCES, file))) return file;
  }
  throw new Error(`packages/react/src has no module ${module}`);
}

/** @param {string} text */
function withStyles(text) {
  const directive = "'use client';\n";
  if (!text.startsWith(directive)) throw new Error('styles belong to a client component');
  return `${directive}\nimport './${basename(STYLES)}';${text.slice(directive.length)}`;
}

/**
 * @param {string} file
 * @param {string} content
 */
function fileOf(file, content) {
  const path = `${TARGET}/${file}`;
  return { path, content, type: 'registry:file', target: path };
}

/** @param {readonly string[]} sources */
function dependenciesOf(sources) {
  const all = sources.join('\n');
  const { dependencies } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  return Object.entries(dependencies)
    .filter(([name]) => all.includes(`from '${name}`))
    .map(([name, version]) => `${name}@${version}`);
}
