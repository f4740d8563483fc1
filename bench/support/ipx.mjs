import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('ipx-server.mjs', import.meta.url));
/** The same priority as our image processes, so that other load on the machine affects both alike. */
const NICENESS = '5';

/**
 * Starts ipx in a separate process.
 *
 * @param {string} folder with the pictures that it serves
 */
export async function startIpx(folder) {
  const child = spawn('nice', ['-n', NICENESS, process.execPath, SERVER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, 'line');
  return {
    pid: child.pid ?? 0,
    /**
     * @param {string} file
     * @param {{ w: number, q: number, fmt: string }} variant
     */
    url: (file, { w, q, fmt }) => `http://127.0.0.1:${port}/w_${w},q_${q},f_${fmt}/${file}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
