import { AuraImage } from '@auraimage/sdk';

let aura: AuraImage | undefined;

/** Created on first use, so that `next build` needs no secrets. Throws in a browser. */
export function getAura(): AuraImage {
  aura ??= new AuraImage({
    secretKey: process.env.AURA_SECRET_KEY,
    serveSecret: process.env.AURA_SERVE_SECRET,
    projectName: process.env.NEXT_PUBLIC_AURA_PROJECT_NAME,
    cdnUrl: process.env.NEXT_PUBLIC_AURA_CDN_URL,
  });
  return aura;
}
