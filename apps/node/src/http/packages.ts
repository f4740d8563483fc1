import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** An address with a version always has the same bytes: a build that is no release has a version of its own. */
const FOREVER = 'public, max-age=31536000, immutable';

/**
 * Reads the index of the packages. It is empty if they are not built.
 *
 * @param folder where `scripts/packages.mjs` wrote them
 */
export function readPackages(folder: string): readonly PublishedPackage[] {
  const index = join(folder, 'index.json');
  return existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : [];
}

/**
 * The packages for apps: an index at `/packages`, a tarball of each at an address with its version, and an address
 * without one that redirects to it. They are public, and every host serves them.
 *
 * Only the names of the index are served. The tarballs are read when the routes are made, so no request names a file.
 *
 * @param folder where `scripts/packages.mjs` wrote them
 *
 * @example
 * const routes = packageRoutes(folder, { cdnUrl, appUrl });
 */
export function packageRoutes(
  folder: string,
  { cdnUrl, appUrl }: Pick<Addresses, 'cdnUrl' | 'appUrl'>,
): Route[] {
  const packages = readPackages(folder);
  const tarballs = new Map(
    packages.map((published) => {
      const bytes = new Uint8Array(readFileSync(join(folder, published.file)));
      return [published.file, { ...published, bytes }];
    }),
  );
  const redirects = new Map(packages.map(({ latest, file }) => [latest, file]));
  const addressOf = ({ host }: RequestContext, file: string) =>
    `${host === 'cdn' ? cdnUrl : appUrl}/packages/${file}`;

  const frame = {
    method: 'GET',
    hosts: ['app', 'cdn'],
    access: everyone,
    cors: {},
  } as const;
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
      raw({ request, params: { file = '' }, context }) {
        const tarball = tarballs.get(file);
        if (tarball !== undefined) {
          const { bytes, size, integrity } = tarball;
          const etag = `"${integrity}"`;
          const headers = { ETag: etag, 'Cache-Control': FOREVER };
          if (isNotModified(request.headers.get('if-none-match'), etag)) {
            return answer(context, 'anyone', 304, headers);
          }
          const content = { 'Content-Type': 'application/gzip', 'Content-Length': String(size) };
          return answer(context, 'anyone', 200, { ...headers, ...content }, bytesBody(bytes));
        }
        const current = redirects.get(file);
        if (current !== undefined) {
          // Relative: whatever path a proxy serves this one at, the other is beside it.
          return answer(context, 'anyone', 302, { Location: current, 'Cache-Control': 'no-cache' });
        }
        const hint =
          packages.length === 0
            ? 'The packages are not built: run "npm run build", then start the server again'
            : `There is no such package. This server has ${packages.map((each) => addressOf(context, each.file)).join(', ')}`;
        throw new ApiError('route_not_found', { message: hint });
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
