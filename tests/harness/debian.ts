import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Longest that an update or an installation may take. */
export const APT_LIMIT_MS = 300_000;

/** The file of the first command that the machine has. */
export function findCommand(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/**
 * Installs packages of Debian where this process may do so.
 *
 * @throws an error that names the command to run instead: a test that needs them is never left out
 */
export function installFromDebian(...packages: readonly string[]): void {
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const command = `apt-get ${install.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`tests need ${packages.join(', ')}. As root: ${command}`);
  }
  try {
    aptGet('update');
    aptGet(...install);
  } catch (cause) {
    const names = packages.join(', ');
    throw new Error(`${names} could not be installed. Try it yourself: ${command}`, { cause });
  }
}

/** Waits for its turn: other test files may be at the same thing. */
function aptGet(...args: readonly string[]): void {
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=240'];
  execFileSync('apt-get', [...wait, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: APT_LIMIT_MS,
  });
}
