import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import { tanstackRouter } from '@tanstack/router-plugin/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const THEME_SCRIPT = 'src/theme-boot.ts';

export default defineConfig({
  base: '/dashboard/',
  plugins: [
    tanstackRouter(),
    retriedRoutes(),
    react(),
    tailwindcss(),
    themeScript(),
    fontLicences(),
    compressed(),
  ],
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    // The polyfill would be an inline script, which the page's CSP blocks.
    modulePreload: { polyfill: false },
    // An inlined file is a data: URL, which the CSP blocks for scripts and fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    // For `npm run dev -w apps/dashboard`. Start the server with AURA_APP_URL=http://localhost:5173: it
    // accepts changes from that origin only.
    proxy: { '/v1': process.env['AURA_PUBLIC_URL'] ?? 'http://localhost:8787' },
  },
});

/**
 * Makes the router load each page with `loadChunk`, which tries again. The router itself would reload the window, and
 * the browser's error page would replace the dashboard while the server restarts.
 */
function retriedRoutes(): Plugin {
  return {
    name: 'retried-routes',
    transform: {
      filter: { id: /src\/routes\/[^?]+\.tsx$/ },
      handler(code) {
        const changed = code.replace(/\(\) => (import\([^()]+\))/g, '() => loadChunk(() => $1)');
        if (changed === code) return null;
        return { code: `import { loadChunk } from '../shell/load-chunk.js';\n${changed}` };
      },
    },
  };
}

/**
 * Loads the script that sets the theme before the stylesheet. A module would run after the first paint,
 * and Vite bundles only modules.
 */
function themeScript(): Plugin {
  let reference: string | undefined;
  return {
    name: 'theme-script',
    buildStart() {
      if (this.meta.watchMode) return;
      reference = this.emitFile({ type: 'chunk', id: THEME_SCRIPT, name: 'theme' });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const built = Object.values(bundle ?? {}).find(
          (file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(THEME_SCRIPT),
        );
        const attrs = built
          ? { src: `/dashboard/${built.fileName}` }
          : { src: `/dashboard/${THEME_SCRIPT}`, type: 'module' };
        return [{ tag: 'script', attrs, injectTo: 'head-prepend' }];
      },
    },
    generateBundle(_options, bundle) {
      if (reference === undefined) return;
      const file = bundle[this.getFileName(reference)];
      if (file?.type === 'chunk' && file.imports.length + file.exports.length > 0) {
        this.error(`${THEME_SCRIPT} is loaded as a classic script: it cannot import or export`);
      }
    },
  };
}

/** Puts the licences of the fonts beside them, as the SIL Open Font License asks for. */
function fontLicences(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: 'font-licences',
    apply: 'build',
    generateBundle() {
      for (const font of ['geist', 'geist-mono']) {
        const source = readFileSync(require.resolve(`@fontsource-variable/${font}/LICENSE`));
        this.emitFile({ type: 'asset', fileName: `assets/${font}-LICENSE.txt`, source });
      }
    },
  };
}

/** Writes `.br` and `.gz` files for the server to send. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!/\.(?:js|css|svg)$/.test(file.fileName)) continue;
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
          const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
          const variants = { br: brotliCompressSync(source, { params }), gz: gzipSync(source) };
          for (const [ending, bytes] of Object.entries(variants)) {
            if (bytes.length >= source.length) continue;
            this.emitFile({ type: 'asset', fileName: `${file.fileName}.${ending}`, source: bytes });
          }
        }
      },
    },
  };
}
