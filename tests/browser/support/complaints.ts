import type { Page } from 'playwright-core';

/**
 * Collects the errors and warnings of a page in a list. Failed requests are left out: the browser logs
 * each of them.
 */
export function watchForComplaints(page: Page, complaints: string[] = []): string[] {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isLoad = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isLoad) complaints.push(message.text());
  });
  return complaints;
}
