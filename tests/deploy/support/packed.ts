import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/pack-server.mjs', import.meta.url));

/** Packs the built server. @returns the tarball's path */
export function packServer(folder: string): string {
  return execFileSync(process.execPath, [SCRIPT, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}
