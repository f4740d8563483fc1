import { type Check, fetchRaw, warn } from './checks.js';

/** Versions as our builds have them: of a release, or of a commit between two. */
const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}(-dev-[0-9a-f]{8})?$/;

/**
 * Whether the server hands out another version of this command than the one that runs: `npx` goes on with the first
 * one that it downloaded.
 *
 * @param own version of this command
 * @returns null where it is the same, and where the two cannot be compared
 */
export async function checkVersion(apiUrl: string, own: string): Promise<Check | null> {
  const response = await fetchRaw(`${apiUrl}/packages`);
  const offered = response?.status === 200 ? offeredVersion(response.bytes) : undefined;
  if (offered === undefined || offered === own) return null;
  // In a clone, the command has the version of the last release, and the server's one is made of the same sources.
  if (offered.includes('-') !== own.includes('-')) return null;
  return warn(
    'version',
    `This is aura ${own}, and the server hands out ${offered}`,
    `npm install --global ${apiUrl}/packages/cli-${offered}.tgz`,
  );
}

function offeredVersion(bytes: Uint8Array): string | undefined {
  try {
    const { packages } = JSON.parse(new TextDecoder().decode(bytes));
    const { version } = packages.find(({ name }: { name: string }) => name === '@auraimage/cli');
    return VERSION.test(version) ? version : undefined;
  } catch {
    return undefined; // another server, or one without packages
  }
}
