import type { Page, Request } from 'playwright-core';
import { onTestFailed, TestRunner } from 'vitest';

/** If the test fails, prints the page's content and its requests. Returns a function that stops watching them. */
export function describeOnFailure(page: Page): () => void {
  if (!TestRunner.getCurrentTest()) return () => {};
  const began = new Map<Request, number>();
  const ended: string[] = [];
  const describe = (request: Request, how: string) => {
    const seconds = (performance.now() - (began.get(request) ?? Number.NaN)) / 1000;
    return `${request.method()} ${request.url()}: ${how} ${seconds.toFixed(1)} s`;
  };
  const end = (request: Request, how: string) => {
    ended.push(describe(request, how));
    began.delete(request);
  };
  let isOver = false;
  const listeners = {
    request: (request: Request) => void began.set(request, performance.now()),
    requestfinished: (request: Request) => end(request, 'answered in'),
    requestfailed: (request: Request) => end(request, `${request.failure()?.errorText} after`),
  };
  page.on('request', listeners.request);
  page.on('requestfinished', listeners.requestfinished);
  page.on('requestfailed', listeners.requestfailed);
  onTestFailed(async () => {
    if (isOver || page.isClosed()) return;
    const shown = await page.locator('body').ariaSnapshot();
    const waiting = [...began.keys()].map((request) => describe(request, 'no answer for'));
    console.error([page.url(), shown, ...ended.slice(-10), ...waiting].join('\n'));
  });
  return () => {
    isOver = true;
    page.off('request', listeners.request);
    page.off('requestfinished', listeners.requestfinished);
    page.off('requestfailed', listeners.requestfailed);
  };
}
