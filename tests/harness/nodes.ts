import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../runtimes/nodes/', import.meta.url));
const MAJORS = [22, 24];
const INSTALL_LIMIT_MS = 300_000;

export interface Node {
  /** `Node 24`. */
  readonly name: string;
  readonly path: string;
}

/** The Node that runs the tests. */
export const THIS_NODE: Node = {
  name: `Node ${process.versions.node.split('.')[0]}`,
  path: process.execPath,
};

/**
 * Further versions that servers run on. Their binaries come from the npm registry, on the first use. There are
 * such packages for Linux on x64, where every continuous integration runs; elsewhere, the list is empty.
 */
export function otherNodes(): readonly Node[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const nodes = MAJORS.map((major) => ({
    name: `Node ${major}`,
    path: `${FOLDER}node_modules/node-${major}/bin/node`,
  }));
  const isMissing = nodes.map(({ path }) => `! test -x '${path}'`).join(' || ');
  // One at a time: several test files may be at it.
  const install = `if ${isMissing}; then npm ci --ignore-scripts; fi`;
  execFileSync('flock', ['package.json', 'sh', '-c', install], {
    cwd: FOLDER,
    timeout: INSTALL_LIMIT_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return nodes.filter(({ name }) => name !== THIS_NODE.name);
}
