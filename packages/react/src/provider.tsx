'use client';

import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { AuraSettings } from './image-source.js';

const SettingsContext = createContext<AuraSettings>({});

export interface AuraProviderProps extends AuraSettings {
  readonly children?: ReactNode;
}

/**
 * Says once where the CDN is. What a component is given itself and what the environment says
 * (`NEXT_PUBLIC_AURA_CDN_URL`, `NEXT_PUBLIC_AURA_PROJECT_NAME`) come before it.
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
