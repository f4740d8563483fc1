import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/install-debian.sh', import.meta.url));

/** Time limit of an installation, including the update before it. */
export const APT_LIMIT_MS = 300_000;

/** The path of the first installed command. */
export function findCommand(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/**
 * Installs Debian packages if this process is allowed to.
 *
 * @throws an error that names the command to run instead: a test that needs them is never left out
 */
export function installFromDebian(...packages: readonly string[]): void {
  const install = ['sh', SCRIPT, ...packages];
  const names = packages.join(', ');
  if (process.getuid?.() !== 0) {
    throw new Error(`tests need ${names}. As root: ${install.join(' ')}`);
  }
  try {
    // Waits for its turn: other test files may be at the same thing. All of it ends at the limit, and not
    // the shell alone.
    execFileSync('timeout', [String(APT_LIMIT_MS / 1000), ...install], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (cause) {
    throw new Error(`${names} could not be installed. Try it yourself: ${install.join(' ')}`, {
      cause,
    });
  }
}
