/** The part of a query that chooses the page. */
interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * Lists page after page, from the first one on.
 *
 * @param limit most entries; 0 for all
 * @param pageSize most entries of a page, as the API has it
 * @param ask requests a page
 * @param show shows it; returns how many entries it has
 * @returns entries that were shown, and whether there are more
 *
 * @example
 * const { listed, hasMore } = await listPages({ limit: 50, pageSize: 1000 }, pageOf, ({ images }) => print(images));
 */
export async function listPages<P extends { readonly cursor: string | null }>(
  { limit, pageSize }: { readonly limit: number; readonly pageSize: number },
  ask: (query: PageQuery) => Promise<P>,
  show: (page: P) => number,
): Promise<{ readonly listed: number; readonly hasMore: boolean }> {
  const most = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  let listed = 0;
  let cursor: string | null = null;
  do {
    const page: P = await ask({
      limit: Math.min(pageSize, most - listed),
      ...(cursor === null ? {} : { cursor }),
    });
    const found = show(page);
    listed += found;
    cursor = found === 0 ? null : page.cursor;
  } while (cursor !== null && listed < most);
  return { listed, hasMore: cursor !== null };
}
