import type { ServeFile } from '@auraimage/host';
import type { Assets } from './bindings.js';

/** Serves the files of a folder of the static files. */
export function serveFiles(assets: Assets, folder: string): ServeFile {
  return async (path, { method, headers }) => {
    const url = new URL(`https://assets.invalid${folder}${path}`);
    // The URL parser resolves dots: a path stays in its folder.
    if (!url.pathname.startsWith(`${folder}/`)) return null;
    const response = await assets.fetch(new Request(url, { method, headers }));
    return response.ok || response.status === 304 ? response : null;
  };
}

/** A static file that the Worker needs. */
export async function readFile(assets: Assets, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await assets.fetch(new Request(`https://assets.invalid${path}`));
  if (!response.ok) throw new Error(`the static file ${path} was answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
