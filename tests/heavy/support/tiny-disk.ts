import { execFileSync } from 'node:child_process';

/**
 * Words before a command that mount a small disk at `folder`. Only the command and its children see it; others can
 * reach it through `/proc/<pid>/root`.
 *
 * @param size such as `24m`
 */
export function tinyDisk(folder: string, size: string): string[] {
  const namespaces = ['unshare', '--user', '--map-root-user', '--mount'];
  const script = `mount -t tmpfs -o size=${size} tmpfs "$0" && exec "$@"`;
  const wrap = [...namespaces, 'sh', '-c', script, folder];
  try {
    execFileSync(wrap[0] as string, [...wrap.slice(1), 'true'], { stdio: 'pipe' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `This test fills a small disk and needs Linux with user namespaces to make one. Run it as root, ` +
        `or allow them: sysctl -w kernel.unprivileged_userns_clone=1 ` +
        `kernel.apparmor_restrict_unprivileged_userns=0 (${why})`,
    );
  }
  return wrap;
}
