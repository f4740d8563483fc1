'use client';

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { AuraSettings } from './image-source.js';
import { createUrlBatch, type RefreshUrls } from './url-batch.js';

interface Provided extends AuraSettings {
  /** Returns a new signed URL for a key. */
  readonly renew?: ((key: string) => Promise<string>) | undefined;
}

const ProvidedContext = createContext<Provided>({});

export interface AuraProviderProps extends AuraSettings {
  /**
   * Renews the signed URLs of every `<AuraImage>` below that has no `refreshUrl` of its own. Images whose URLs expire
   * together are renewed in one call, of at most 100 keys. They have to be images of one project.
   */
  readonly refreshUrls?: RefreshUrls | undefined;
  readonly children?: ReactNode;
}

/**
 * Sets the CDN and the project for all components below it, and renews the URLs of their images. A component's own
 * props take precedence over it; it takes precedence over `NEXT_PUBLIC_AURA_CDN_URL` and
 * `NEXT_PUBLIC_AURA_PROJECT_NAME`.
 *
 * @example
 * <AuraProvider cdnUrl="https://cdn.example" projectName="my-app">{children}</AuraProvider>
 *
 * @example
 * <AuraProvider refreshUrls={(keys) => aServerAction(keys)}>{gallery}</AuraProvider>
 */
export function AuraProvider({ cdnUrl, projectName, refreshUrls, children }: AuraProviderProps) {
  const provided = useMemo(
    () => ({ cdnUrl, projectName, renew: refreshUrls && createUrlBatch(refreshUrls) }),
    [cdnUrl, projectName, refreshUrls],
  );
  return <ProvidedContext.Provider value={provided}>{children}</ProvidedContext.Provider>;
}

/** What the nearest provider says. */
export function useProvided(): Provided {
  return useContext(ProvidedContext);
}
