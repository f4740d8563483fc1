/** The documentation, which the same server has. It is not a page of the dashboard. */
export const DOCS = '/docs';
