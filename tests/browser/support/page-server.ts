import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** A page on a free port of this machine. */
export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What is answered at a path. */
export interface PageFile {
  readonly type: string;
  readonly body: string;
}

/** Serves files that are given as texts; every other path is 404. */
export async function servePages(files: Readonly<Record<string, PageFile>>): Promise<PageServer> {
  const server = createServer(({ url = '/' }, response) => {
    const file = files[new URL(url, 'http://page.test').pathname];
    response.writeHead(file ? 200 : 404, {
      'Content-Type': `${file?.type ?? 'text/plain'}; charset=utf-8`,
    });
    response.end(file?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A file and all that it imports as one script for browsers. */
export async function bundle(entry: URL, options: BuildOptions = {}): Promise<PageFile> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'silent',
    ...options,
    write: false,
  });
  return { type: 'text/javascript', body: outputFiles[0]?.text ?? '' };
}

/** A whole document. */
export function html(body: string, head = ''): PageFile {
  return {
    type: 'text/html',
    body: `<!doctype html><html lang="en"><head><title>Test</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`,
  };
}
