import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterEach, expect, it, vi } from 'vitest';

const INDEX = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const SIGNED = 'https://cdn.example/my-app/abc123xyz0-photo.jpg?token=a.b';

/** As bundlers for server components do, replaces a module that begins with 'use client' by references. */
const clientReferences: Plugin = {
  name: 'client-references',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]react[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      if (!code.startsWith("'use client'")) return { contents: code };
      const names = [...code.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
      return {
        contents: names.map((name) => `export const ${name} = 'client:${name}';`).join('\n'),
      };
    });
  },
};

afterEach(() => vi.unstubAllEnvs());

it('renders on a server where React has neither state nor context', async () => {
  const { outputFiles, warnings } = await build({
    stdin: {
      contents: `export * from ${JSON.stringify(INDEX)}; export * as React from 'react';`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['react-server'],
    plugins: [clientReferences],
    logLevel: 'silent',
    write: false,
  });
  expect(warnings).toEqual([]);
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const { AuraImage, React } = await import(`data:text/javascript;base64,${code}`);
  expect(React).not.toHaveProperty('useState');

  const plain = AuraImage({ src: SIGNED, alt: '', width: 8, placeholder: 'empty' });
  expect(plain.type(plain.props)).toMatchObject({ type: 'img', props: { src: `${SIGNED}&w=8` } });
  const priority = AuraImage({ src: SIGNED, alt: '', width: 8, priority: true });
  expect(priority.type(priority.props)).toMatchObject({ type: 'img' });
  const fetching = AuraImage({ src: SIGNED, alt: '' });
  expect(fetching).toMatchObject({ type: 'client:LiveImage', props: { fetchesBlurhash: true } });
  const reporting = AuraImage({ src: SIGNED, alt: '', placeholder: 'empty', telemetry: true });
  expect(reporting).toMatchObject({ type: 'client:LiveImage', props: { telemetry: true } });
  const live = AuraImage({ src: SIGNED, alt: '', placeholder: 'lqip' });
  expect(live).toMatchObject({ type: 'client:LiveImage', props: { src: SIGNED, lqip: true } });

  // A provider precedes the environment, and only a client component can see whether there is one.
  vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', 'https://env.example');
  const relative = AuraImage({ src: 'my-app/k.jpg', alt: '', width: 8 });
  expect(relative).toMatchObject({ type: 'client:LiveImage', props: { src: 'my-app/k.jpg' } });
  const cdn = { cdnUrl: 'https://cdn.example', placeholder: 'empty' };
  const own = AuraImage({ src: 'my-app/k.jpg', alt: '', ...cdn });
  expect(own.type(own.props)).toMatchObject({ type: 'img' });
});
