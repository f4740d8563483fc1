'use client';

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { AuraSettings } from './image-source.js';

const SettingsContext = createContext<AuraSettings>({});

export interface AuraProviderProps extends AuraSettings {
  readonly children?: ReactNode;
}

/**
 * Sets the CDN and the project for all components below it. A component's own props take precedence
 * over it; it takes precedence over `NEXT_PUBLIC_AURA_CDN_URL` and `NEXT_PUBLIC_AURA_PROJECT_NAME`.
 *
 * @example
 * <AuraProvider cdnUrl="https://cdn.example" projectName="my-app">{children}</AuraProvider>
 */
export function AuraProvider({ cdnUrl, projectName, children }: AuraProviderProps) {
  const settings = useMemo(() => ({ cdnUrl, projectName }), [cdnUrl, projectName]);
  return <SettingsContext.Provider value={settings}>{children}</SettingsContext.Provider>;
}

export function useAuraSettings(): AuraSettings {
  return useContext(SettingsContext);
}
