import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { otherNodes } from '../harness/nodes.js';
import { removeFolder } from '../harness/remove.js';
import { temporaryFolder } from '../harness/server.js';

// The code of the guides for frameworks, copied out of them. The short form parses it, and `npm run check` compares
// the types of the guide for Next.js. The long form builds an app of each framework with it.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LONG_MS = 600_000;
const exec = promisify(execFile);

interface Framework {
  readonly guide: string;
  /** Command that makes a new app in the folder, in place of an empty one. */
  readonly create?: readonly string[];
  readonly libraries: readonly string[];
  /** Files that such an app has, and the guide does not show. */
  readonly files: Readonly<Record<string, string>>;
  readonly build: readonly string[];
  /** Folder with what browsers load. */
  readonly output: string;
  /** Whether it needs a newer Node than the tests' oldest. */
  readonly newer?: boolean;
}

const VITE_PLUGIN = (name: string, module: string) =>
  `import ${name} from '${module}';\nexport default { plugins: [${name}()] };\n`;

const FRAMEWORKS: readonly Framework[] = [
  {
    guide: 'nextjs',
    create: ['npx', '--yes', 'create-next-app@16.4.3', '.', '--yes', '--skip-install'],
    libraries: [],
    files: {
      // That of the template loads its fonts from a server of Google.
      'app/layout.tsx': `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
    },
    build: ['npx', 'next', 'build'],
    output: '.next/static',
  },
  {
    guide: 'vue',
    libraries: ['vite@8.3.8', 'vue@3.5.45', '@vitejs/plugin-vue@6.0.11'],
    files: {
      'index.html': '<div id="app"></div><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n`,
      'vite.config.js': VITE_PLUGIN('vue', '@vitejs/plugin-vue'),
    },
    build: ['npx', 'vite', 'build'],
    output: 'dist',
  },
  {
    guide: 'nuxt',
    libraries: ['nuxt@4.5.2'],
    files: {
      'nuxt.config.ts': `export default defineNuxtConfig({ compatibilityDate: '2026-11-01' });\n`,
    },
    build: ['npx', 'nuxt', 'build'],
    output: '.output/public',
    newer: true,
  },
  {
    guide: 'sveltekit',
    libraries: [
      'vite@8.4.0',
      'svelte@5.57.3',
      '@sveltejs/kit@3.2.0',
      '@sveltejs/adapter-node@6.0.1',
      '@sveltejs/vite-plugin-svelte@7.3.1',
    ],
    files: {
      'src/app.html':
        '<html lang="en"><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
      'vite.config.js': `import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit({ adapter: adapter() })] };
`,
    },
    build: ['npx', 'vite', 'build'],
    output: 'build/client',
    newer: true,
  },
  {
    guide: 'astro',
    libraries: ['astro@7.3.5', '@astrojs/node@11.1.6'],
    files: {},
    build: ['npx', 'astro', 'build'],
    output: 'dist/client',
    newer: true,
  },
];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

/** The code blocks of a guide that begin with the path of a file, by that path. */
async function filesOf(guide: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(ROOT, `docs/guides/${guide}.md`), 'utf8');
  const blocks = [...text.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, code = '']) => code);
  return new Map(
    blocks.flatMap((code) => {
      const path = /^(?:---\n)?(?:\/\/|<!--) (\S+\.\w+)(?: -->)?\n/.exec(code)?.[1];
      return path === undefined ? [] : [[path, code] as const];
    }),
  );
}

/** The parts of a file that are TypeScript. */
function scriptsOf(path: string, code: string): readonly string[] {
  if (/\.[cm]?[jt]sx?$/.test(path)) return [code];
  const inside = [...code.matchAll(/^<script[^>]*>\n(.*?)^<\/script>/gms)].map(
    ([, text = '']) => text,
  );
  const above = /^---\n(.*?)^---$/ms.exec(code)?.[1];
  return above === undefined ? inside : [above, ...inside];
}

describe.each(FRAMEWORKS)('the guide for $guide', (framework) => {
  it('has code without mistakes in its syntax', async () => {
    const files = await filesOf(framework.guide);
    const scripts = [...files].flatMap(([path, code]) => scriptsOf(path, code));
    expect(scripts.length).toBeGreaterThanOrEqual(files.size);
    for (const script of scripts) await transform(script, { loader: 'tsx', logLevel: 'silent' });
    expect([...files.values()].join('\n')).toContain('@auraimage/sdk');
  });

  it.each(shortOrLong<Framework[]>([], [framework]))(
    'has code that builds',
    async ({ guide, create, libraries, files, build, output, newer }) => {
      const app = join(folder, guide);
      await mkdir(app);
      const node = newer ? otherNodes().at(-1)?.path : undefined;
      const env = {
        ...process.env,
        PATH: [...(node ? [dirname(node)] : []), process.env['PATH']].join(delimiter),
        CI: '1',
        NEXT_TELEMETRY_DISABLED: '1',
        NUXT_TELEMETRY_DISABLED: '1',
        ASTRO_TELEMETRY_DISABLED: '1',
      };
      const run = async ([command = '', ...args]: readonly string[]) =>
        exec(command, args, { cwd: app, env, maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
          throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
        });
      if (create === undefined) {
        await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
      } else {
        await run(create);
        // The guide's own is the same with an addition.
        const config = await readFile(join(app, 'next.config.ts'), 'utf8');
        expect(config).toContain('cacheComponents: true');
      }
      for (const [path, text] of [...Object.entries(files), ...(await filesOf(guide))]) {
        await mkdir(dirname(join(app, path)), { recursive: true });
        await writeFile(join(app, path), text);
      }
      const packages = join(ROOT, 'apps/node/dist/packages');
      const tarballs = (await readdir(packages)).filter((name) =>
        /^(?:sdk|react)-.*\.tgz$/.test(name),
      );
      const install = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'];
      await run([...install, ...libraries, ...tarballs.map((name) => join(packages, name))]);
      await run(build);
      const scripts = (await readdir(join(app, output), { recursive: true })).filter((name) =>
        name.endsWith('.js'),
      );
      const texts = scripts.map((name) => readFile(join(app, output, name), 'utf8'));
      const text = (await Promise.all(texts)).join('\n');
      expect(text).toContain('X-Aura-Signature');
      expect(text).not.toMatch(/AURA_SERVE_SECRET|psk_live_/);
    },
    LONG_MS,
  );
});
