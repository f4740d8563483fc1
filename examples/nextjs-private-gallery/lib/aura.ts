import { AuraImage } from '@auraimage/sdk';

let aura: AuraImage | undefined;

/** Made at the first use: a build needs no secrets. It throws in a browser. */
export function getAura(): AuraImage {
  aura ??= new AuraImage({
    secretKey: process.env.AURA_SECRET_KEY,
    serveSecret: process.env.AURA_SERVE_SECRET,
    projectName: process.env.NEXT_PUBLIC_AURA_PROJECT_NAME,
    cdnUrl: process.env.NEXT_PUBLIC_AURA_CDN_URL,
  });
  return aura;
}
