import { ApiError } from '@auraimage/client';
import { queryOptions } from '@tanstack/react-query';

/** A package that apps install from this server. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the tarball. Its bytes never change. */
  readonly url: string;
  /** `sha512-…`, as lock files have it. */
  readonly integrity: string;
}

/** Not in the API document: it belongs to the server and not to an account. */
export const packagesQuery = queryOptions({
  queryKey: ['packages'],
  queryFn: async ({ signal }): Promise<readonly PublishedPackage[]> => {
    const response = await fetch('/packages', { signal });
    if (!response.ok) {
      const { status } = response;
      throw new ApiError({ status, code: 'unexpected_response', message: 'No list of packages' });
    }
    const { packages } = await response.json();
    return packages;
  },
});
