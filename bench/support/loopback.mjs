import { execFileSync } from 'node:child_process';

const SETTING = 'net.ipv4.tcp_congestion_control';

/**
 * Runs work with a congestion control that is fast on loopback. BBR paces by a measured round trip, which on
 * loopback limits every server to the same low speed, so that nothing could be compared.
 *
 * @template T
 * @param {() => Promise<T>} work
 */
export async function onFastLoopback(work) {
  const before = execFileSync('sysctl', ['-n', SETTING], { encoding: 'utf8' }).trim();
  if (before !== 'bbr') return work();
  const set = (/** @type {string} */ value) =>
    execFileSync('sysctl', ['-qw', `${SETTING}=${value}`], { stdio: 'inherit' });
  set('cubic');
  try {
    return await work();
  } finally {
    set(before);
  }
}

/**
 * Throws if a program is missing, with the way to install it.
 *
 * @param {string} program
 * @param {string} debianPackage
 */
export function needs(program, debianPackage) {
  try {
    execFileSync('which', [program], { stdio: 'pipe' });
  } catch {
    throw new Error(
      `this needs ${program}: apt-get install --no-install-recommends ${debianPackage}`,
    );
  }
}
