/** @type {import('next').NextConfig} */
export default {
  cacheComponents: true,
  partialPrefetching: true,
  // TypeScript 7 is a command only: without this, Next.js asks for the API of earlier versions.
  experimental: { useTypeScriptCli: true },
  // Browsers load images from the CDN directly: the optimizer's cache does not check tokens.
  images: { loader: 'custom', loaderFile: './aura-loader.ts' },
};
