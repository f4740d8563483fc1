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
import type { Addresses } from './addresses.js';
import { FOREVER } from './pages.js';

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

/** How to read each tarball that is served, by its name with a version. */
export type Tarballs = ReadonlyMap<string, () => Promise<Uint8Array<ArrayBuffer>>>;

/**
 * The packages for apps: an index at `/packages`, a tarball of each at an address with its version, and an address
 * without one that redirects to it. They are public, and every host serves them.
 *
 * Only files that are there when the routes are made are served, and no request makes up a path.
 *
 * @param packages of this version of the server; empty if they are not built
 *
 * @example
 * const routes = packageRoutes(packages, tarballs, { cdnUrl, appUrl });
 */
export function packageRoutes(
  packages: readonly PublishedPackage[],
  tarballs: Tarballs,
  { cdnUrl, appUrl }: Pick<Addresses, 'cdnUrl' | 'appUrl'>,
): Route[] {
  const redirects = new Map(packages.map(({ latest, file }) => [latest, file]));
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

/** A component of the registry. */
export interface RegistryItem {
  readonly dependencies: readonly string[];
}

/**
 * The components of `@auraimage/react` as a shadcn registry: `/registry/image.json` and the like. Every page
 * may load them: they are source code that is public anyway. They install the packages from this server.
 *
 * @param sources by name, as `scripts/registry.mjs` wrote them
 * @param appUrl where the packages are
 */
export function registryRoutes(
  sources: Readonly<Record<string, RegistryItem>>,
  packages: readonly PublishedPackage[],
  appUrl: string,
): Route[] {
  const urls = new Map(packages.map(({ name, file }) => [name, `${appUrl}/packages/${file}`]));
  const items = new Map(
    Object.entries(sources).map(([name, item]) => {
      const dependencies = item.dependencies.map(
        (dependency) => urls.get(dependency.replace(/@[^@]+$/, '')) ?? dependency,
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
