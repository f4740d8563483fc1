import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublishedPackage, RegistryItem, Tarballs } from '@auraimage/host';

/**
 * Reads the index of the packages. It is empty if they are not built.
 *
 * @param folder where `scripts/packages.mjs` wrote them
 */
export function readPackages(folder: string): readonly PublishedPackage[] {
  const index = join(folder, 'index.json');
  return existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : [];
}

export interface PackageFolders {
  /** Where `scripts/packages.mjs` wrote the packages of this version of the server. */
  readonly built: string;
  /** Where releases stay after an upgrade of the server. */
  readonly kept: string;
}

/** The only names of kept files that are served. */
const RELEASE = /^(?:sdk|react|cli)-\d{1,6}\.\d{1,6}\.\d{1,6}\.tgz$/;

/**
 * Copies the released packages to the folder that outlives this version of the server: lock files of apps name their
 * addresses, and must work after an upgrade.
 *
 * @throws if the folder cannot be written
 */
export function keepReleases({ built, kept }: PackageFolders): void {
  for (const { file, size } of readPackages(built)) {
    const target = join(kept, file);
    if (!RELEASE.test(file)) continue;
    // A power failure can leave a file without its content.
    if (statSync(target, { throwIfNoEntry: false })?.size === size) continue;
    mkdirSync(kept, { recursive: true, mode: 0o700 });
    // Other processes of this server do the same.
    const part = `${target}.${process.pid}.part`;
    copyFileSync(join(built, file), part);
    renameSync(part, target);
  }
}

/** The tarballs of this version and of kept releases. Only those that are there now. */
export function readTarballs({ built, kept }: PackageFolders): Tarballs {
  /** A build replaces the files of this version, so they are in memory. */
  const tarballs = new Map<string, () => Promise<Uint8Array<ArrayBuffer>>>();
  for (const file of existsSync(kept) ? readdirSync(kept) : []) {
    if (RELEASE.test(file)) tarballs.set(file, () => readFile(join(kept, file)));
  }
  for (const { file } of readPackages(built)) {
    const tarball = readFileSync(join(built, file));
    tarballs.set(file, async () => tarball);
  }
  return tarballs;
}

/**
 * The items of the registry, by name.
 *
 * @param folder where `scripts/registry.mjs` wrote them
 */
export function readRegistry(folder: string): Readonly<Record<string, RegistryItem>> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(
    names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]),
  );
}
