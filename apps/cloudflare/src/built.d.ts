/** Made by build.mjs. */
declare module 'aura:built' {
  import type { PublishedPackage, RegistryItem } from '@auraimage/host';

  export const version: string;
  /** The packages for apps: their tarballs are among the static files. */
  export const packages: readonly PublishedPackage[];
  export const registry: Readonly<Record<string, RegistryItem>>;
}
