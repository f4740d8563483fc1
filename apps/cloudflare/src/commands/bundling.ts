import type { BuildOptions, Plugin } from 'esbuild';

/** Modules of Node, which the runtime has: named without the prefix, or taken with `require`. */
const ofNode: Plugin = {
  name: 'modules of Node',
  setup({ onResolve, onLoad }) {
    const filter =
      /^(?:node:.+|assert|async_hooks|buffer|crypto|events|path|stream|string_decoder|url|util)$/;
    onResolve({ filter }, ({ path, kind }) => {
      const name = path.startsWith('node:') ? path : `node:${path}`;
      return kind === 'require-call'
        ? { path: name, namespace: 'required' }
        : { path: name, external: true };
    });
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `import all from ${JSON.stringify(path)};\nmodule.exports = all;`,
    }));
  },
};

/** Options of esbuild for one module that runs in workerd, whether it is deployed or a test. */
export const FOR_WORKERD = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'browser',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['module', 'main'],
  external: ['cloudflare:*'],
  loader: { '.sql': 'text' },
  plugins: [ofNode],
} satisfies BuildOptions;
