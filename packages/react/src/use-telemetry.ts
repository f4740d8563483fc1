'use client';

import type { ImageLocation } from '@auraimage/sdk/client';
import { useEffect } from 'react';

const TYPE = 'largest-contentful-paint';

/** Whether this page reports already: it does once, however many images ask for it. */
let isReporting = false;

/**
 * Reports the page's largest contentful paint to the CDN when the page is left.
 *
 * @param image names the CDN and the project; `null` for no report
 */
export function useTelemetry(image: ImageLocation | null): void {
  const cdnUrl = image?.cdnUrl;
  const project = image?.project;
  useEffect(() => {
    if (cdnUrl === undefined || project === undefined || isReporting) return;
    isReporting = true;
    reportPageLoad(`${cdnUrl}/v1/telemetry`, project);
  }, [cdnUrl, project]);
}

function reportPageLoad(address: string, projectName: string): void {
  const isMeasurable =
    typeof PerformanceObserver === 'function' &&
    PerformanceObserver.supportedEntryTypes?.includes(TYPE);
  if (!isMeasurable) return;
  const { pathname } = location;
  let lcp: number | undefined;
  const take = (entries: PerformanceEntryList) => {
    lcp = entries.at(-1)?.startTime ?? lcp;
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: TYPE, buffered: true });
  // Pages are often closed while they are hidden, without another event.
  const onHidden = () => {
    if (document.visibilityState !== 'hidden') return;
    document.removeEventListener('visibilitychange', onHidden);
    take(observer.takeRecords());
    observer.disconnect();
    if (lcp !== undefined) send(address, JSON.stringify({ lcp, projectName, pathname }));
  };
  document.addEventListener('visibilitychange', onHidden);
}

/** As text, which needs no preflight. */
function send(address: string, body: string): void {
  if (navigator.sendBeacon?.(address, body)) return;
  fetch(address, { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => {});
}
