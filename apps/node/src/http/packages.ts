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
import {
  ApiError,
  answer,
  answerJson,
  defineRawRoute,
  everyone,
  isNotModified,
  type RequestContext,
  type Route,
} from '@auraimage/http';
import { bytesBody } from '@auraimage/ports';
import type { Addresses } from '../config/addresses.js';
import { FOREVER } from './static-files.js';

/** A package that apps install from this server, as in the index that `scripts/packages.mjs` writes. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** Name of the tarball, with its version: `sdk-1.0.0.tgz`. */
  readonly file: string;
  /** Name that leads to this version: `sdk.tgz`. */
  readonly latest: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /** Subresource Integrity of the tarball, as lock files have it: `sha512-…`. */
  readonly integrity: string;
}

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

/**
 * The packages for apps: an index at `/packages`, a tarball of each at an address with its version, and an address
 * without one that redirects to it. They are public, and every host serves them.
 *
 * Only files that are there when the routes are made are served, and no request makes up a path.
 *
 * @example
 * const routes = packageRoutes({ built, kept }, { cdnUrl, appUrl });
 */
export function packageRoutes(
  { built, kept }: PackageFolders,
  { cdnUrl, appUrl }: Pick<Addresses, 'cdnUrl' | 'appUrl'>,
): Route[] {
  const packages = readPackages(built);
  const redirects = new Map(packages.map(({ latest, file }) => [latest, file]));
  /** How to read each tarball. A build replaces those of this version, so they are in memory. */
  const tarballs = new Map<string, () => Promise<Uint8Array<ArrayBuffer>>>();
  for (const file of existsSync(kept) ? readdirSync(kept) : []) {
    if (RELEASE.test(file)) tarballs.set(file, () => readFile(join(kept, file)));
  }
  for (const { file } of packages) {
    const tarball = readFileSync(join(built, file));
    tarballs.set(file, async () => tarball);
  }

  const addressOf = ({ host }: RequestContext, file: string) =>
    `${host === 'cdn' ? cdnUrl : appUrl}/packages/${file}`;

  const notFound = (context: RequestContext): ApiError => {
    const current = packages.map(({ file }) => addressOf(context, file)).join(', ');
    const message =
      current === ''
        ? 'The packages are not built: run "npm run build", then start the server again'
        : `There is no such package. This server has ${current}`;
    return new ApiError('route_not_found', { message });
  };

  const frame = { method: 'GET', hosts: ['app', 'cdn'], access: everyone, cors: {} } as const;
  return [
    defineRawRoute({
      ...frame,
      path: '/packages',
      raw: ({ context }) =>
        answerJson(context, 'anyone', 200, {
          packages: packages.map(({ name, version, file, size, integrity }) => ({
            name,
            version,
            url: addressOf(context, file),
            size,
            integrity,
          })),
        }),
    }),
    defineRawRoute({
      ...frame,
      path: '/packages/{file}',
      async raw({ request, params: { file = '' }, context }) {
        const current = redirects.get(file);
        if (current !== undefined) {
          // Relative: whatever path a proxy serves this one at, the other is beside it.
          return answer(context, 'anyone', 302, { Location: current, 'Cache-Control': 'no-cache' });
        }
        const read = tarballs.get(file);
        if (read === undefined) throw notFound(context);
        // A name with a version stands for the same bytes forever: a build that is no release has a version of its own.
        const etag = `"${file}"`;
        const headers = { ETag: etag, 'Cache-Control': FOREVER };
        if (isNotModified(request.headers.get('if-none-match'), etag)) {
          return answer(context, 'anyone', 304, headers);
        }
        const bytes = await read();
        const length = String(bytes.length);
        const content = { 'Content-Type': 'application/gzip', 'Content-Length': length };
        return answer(context, 'anyone', 200, { ...headers, ...content }, bytesBody(bytes));
      },
    }),
  ];
}

/**
 * The components of `@auraimage/react` as a shadcn registry: `/registry/image.json` and the like. Every page
 * may load them: they are source code that is public anyway. They install the packages from this server.
 *
 * @param folder where `scripts/registry.mjs` wrote them
 * @param appUrl where the packages are
 */
export function registryRoutes(
  folder: string,
  packages: readonly PublishedPackage[],
  appUrl: string,
): Route[] {
  const urls = new Map(packages.map(({ name, file }) => [name, `${appUrl}/packages/${file}`]));
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const items = new Map(
    names.map((name) => {
      const item = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      const dependencies = item.dependencies.map(
        (dependency: string) => urls.get(dependency.replace(/@[^@]+$/, '')) ?? dependency,
      );
      return [name, { ...item, dependencies }];
    }),
  );
  return [
    defineRawRoute({
      method: 'GET',
      path: '/registry/{item}',
      hosts: ['app'],
      access: everyone,
      cors: {},
      raw({ params: { item: name = '' }, context }) {
        const item = items.get(name);
        if (item === undefined) {
          throw new ApiError('route_not_found', { message: 'The registry has no such item' });
        }
        // The versions of the packages in it change with the server.
        return answerJson(context, 'anyone', 200, item, { 'Cache-Control': 'no-cache' });
      },
    }),
  ];
}
