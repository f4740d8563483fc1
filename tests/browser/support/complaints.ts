import type { Page } from 'playwright-core';

/**
 * Collects what the page's own code makes the browser complain about: errors and warnings. Requests
 * that a server refused are not among them. They come into the list that is given, or a new one.
 */
export function watchForComplaints(page: Page, complaints: string[] = []): string[] {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isLoad = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isLoad) complaints.push(message.text());
  });
  return complaints;
}
