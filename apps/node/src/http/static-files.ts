import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServeFile } from '@auraimage/host';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/**
 * Serves the files of a build, compressed if the build has them so and the client accepts it.
 *
 * @returns `null` if the folder has no `index.html`
 */
export function serveFiles(folder: string): ServeFile | null {
  if (!existsSync(join(folder, 'index.html'))) return null;
  const app = new Hono();
  app.get('*', serveStatic({ root: folder, precompressed: true }));
  return async (path, { method, headers }) => {
    const response = await app.request(path, { method, headers });
    return response.status === 404 ? null : response;
  };
}
